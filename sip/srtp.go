package sip

import (
	"fmt"

	"parley/media/rtp"
	"parley/sip/sdes"
)

// srtpPolicy is whether a call's media is encrypted with keys from its
// session descriptions (RFC 4568).
type srtpPolicy uint8

const (
	// srtpOff: plain RTP; offers that insist on SRTP are refused.
	srtpOff srtpPolicy = iota
	// srtpOptional: we offer RTP/AVP with keys, best effort, and take
	// whatever the peer can.
	srtpOptional
	// srtpRequired: we offer RTP/SAVP, and plain RTP is refused.
	srtpRequired
)

// srtpPolicyOf reads a policy as a configuration has it.
func srtpPolicyOf(name string) (srtpPolicy, bool) {
	switch name {
	case "off", "":
		return srtpOff, true
	case "optional":
		return srtpOptional, true
	case "required":
		return srtpRequired, true
	}
	return srtpOff, false
}

// keys are what an agreement came to: the lines of both sides, none for plain
// RTP.
type keys struct{ ours, theirs sdes.Attribute }

func (k keys) protect() bool { return k.ours.Crypto.Suite != rtp.NoSuite }

// keyring holds the keys of one leg. It belongs to the dialog's actor.
type keyring struct {
	offered []sdes.Attribute // our own, as in our last offer
	agreed  keys
}

// offerKeys returns the profile and the keys that we offer. What has been
// agreed on stays, and comes first: an offer that only holds or refreshes the
// session must not change keys (RFC 4568 §7.1.4).
func (u ours) offerKeys() (profile string, lines []sdes.Attribute) {
	if u.srtp == srtpOff || u.keys == nil {
		return "RTP/AVP", nil
	}
	if now := u.keys.agreed.ours; u.keys.agreed.protect() {
		now.Tag = 1
		lines = append(lines, now)
	}
	for _, suite := range sdes.Offered {
		if line, ok := u.keys.lineOf(suite); ok {
			line.Tag = len(lines) + 1
			lines = append(lines, line)
		}
	}
	u.keys.offered = lines
	if u.srtp == srtpRequired {
		return "RTP/SAVP", lines
	}
	return "RTP/AVP", lines
}

// lineOf returns our line of a suite to offer, the one of the last offer if
// there is one; ok is false for the suite in use, which is offered anyway.
func (k *keyring) lineOf(suite rtp.Suite) (line sdes.Attribute, ok bool) {
	if k.agreed.ours.Crypto.Suite == suite {
		return line, false
	}
	for _, line := range k.offered {
		if line.Crypto.Suite == suite {
			return line, true
		}
	}
	return sdes.New(0, suite), true
}

// acceptKeys chooses among the keys of the peer's offer, and ours. As long as
// the peer's stay, so do ours; with new ones of the peer, who may be another
// machine now, come new ones of ours.
func (u ours) acceptKeys(a *audio) (ks keys, err error) {
	if plain, err := u.plain(a); plain || err != nil {
		return ks, err
	}
	theirs, err := sdes.Choose(a.crypto)
	if err != nil {
		if u.srtp == srtpOptional && !profiles[a.profile] {
			return u.keys.keep(keys{}), nil // best effort
		}
		return ks, fmt.Errorf("%w: %w", errNoMedia, err)
	}
	ours := u.keys.agreed.ours
	if u.keys.agreed.theirs.Crypto != theirs.Crypto {
		ours = sdes.New(theirs.Tag, theirs.Crypto.Suite)
	}
	ours.Tag, ours.Name = theirs.Tag, theirs.Name
	return u.keys.keep(keys{ours, theirs}), nil
}

// settleKeys finds those of the keys that we have offered which the peer's
// answer accepts.
func (u ours) settleKeys(a *audio) (ks keys, err error) {
	if plain, err := u.plain(a); plain || err != nil {
		return ks, err
	}
	// A repeated description of ours has the line in use, whatever we offered
	// before that.
	lines := append([]sdes.Attribute{u.keys.agreed.ours}, u.keys.offered...)
	theirs, ours, err := sdes.Match(a.crypto, lines)
	if err != nil {
		return ks, fmt.Errorf("%w: %w", errNoMedia, err)
	}
	return u.keys.keep(keys{ours, theirs}), nil
}

// plain says whether the peer's line comes to plain RTP. Error: one of us
// insists on SRTP and the other does not have it.
func (u ours) plain(a *audio) (bool, error) {
	switch insists := profiles[a.profile]; {
	case insists && (u.srtp == srtpOff || u.keys == nil):
		return false, fmt.Errorf("%w: %s, and SRTP is off here", errNoMedia, a.profile)
	case insists && len(a.crypto) == 0:
		return false, fmt.Errorf("%w: %s without a=crypto: keys by DTLS only", errNoMedia, a.profile)
	case u.srtp == srtpRequired && len(a.crypto) == 0:
		return false, fmt.Errorf("%w: plain RTP, and SRTP is required here", errNoMedia)
	case u.srtp == srtpOff || u.keys == nil || len(a.crypto) == 0:
		if u.keys != nil {
			u.keys.keep(keys{})
		}
		return true, nil
	}
	return false, nil
}

// keep remembers what was agreed on.
func (k *keyring) keep(ks keys) keys {
	k.agreed = ks
	return ks
}
