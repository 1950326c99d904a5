package sip

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
)

// tagger makes the names that a server gives to its dialogs.
type tagger struct{ key []byte }

func newTagger() tagger { return tagger{key: []byte(rand.Text())} }

// of returns our tag for the dialog that req opens (§19.3): a keyed hash of
// what makes the request unique. Retransmissions get the same tag, nobody can
// guess it, and whether a tag was given by this very request can be checked
// without remembering it.
func (t tagger) of(req *sipmsg.Request) string {
	var room [512]byte
	text := append(room[:0], t.key...) // first and cut short, so that nothing can be added behind
	write := func(parts ...string) {
		for _, part := range parts {
			text = append(text, part...)
		}
		text = append(text, '\n')
	}
	if id := req.CallID(); id != nil {
		write(id.Value())
	}
	if from := req.From(); from != nil {
		write(from.Params.GetOr("tag", ""))
	}
	if seq := req.CSeq(); seq != nil {
		write(strconv.FormatUint(uint64(seq.SeqNo), 10))
	}
	if via := req.Via(); via != nil {
		write(via.Params.GetOr("branch", ""), via.SentBy())
	}
	sum := sha256.Sum256(text)
	return tagText.EncodeToString(sum[:tagBytes])
}

// tagBytes is the length of a tag, 20 characters.
const tagBytes = 12

var tagText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// stamp gives an INVITE without a To tag the tag of the dialog it opens, and
// the CANCEL of that INVITE the same (§9.2). It happens before the transaction
// exists, so that all responses carry the same tag (§8.2.6.2), also the 487
// that the transaction sends by itself.
func (t tagger) stamp(msg sipmsg.Message) {
	req, ok := msg.(*sipmsg.Request)
	if !ok {
		return
	}
	if from := req.From(); from != nil && !from.Params.Has("tag") {
		from.Params.Add("tag", "") // of RFC 2543: null (§12.1.1), which sipgo takes for a fault
	}
	if !req.IsInvite() && !req.IsCancel() {
		return
	}
	if to := req.To(); to != nil && to.Params.GetOr("tag", "") == "" {
		to.Params.Add("tag", t.of(req))
	}
}

// opens reports whether req opens a dialog, or cancels what does: its To tag is
// the one we stamped.
func (t tagger) opens(req *sipmsg.Request) bool {
	return (req.IsInvite() || req.IsCancel()) && toTag(req) == t.of(req)
}

func newTag() string    { return strings.ToLower(rand.Text()[:16]) }
func newCallID() string { return strings.ToLower(rand.Text()) }

func toTag(m sipmsg.Message) string {
	if h := m.To(); h != nil {
		return h.Params.GetOr("tag", "")
	}
	return ""
}

func fromTag(m sipmsg.Message) string {
	if h := m.From(); h != nil {
		return h.Params.GetOr("tag", "")
	}
	return ""
}
