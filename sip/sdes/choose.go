package sdes

import (
	"fmt"

	"parley/media/rtp"
)

// Offered are the suites that we offer: the one that everybody has, and the
// strongest. Each line costs a hundred bytes of a message that is to fit into
// one datagram.
var Offered = []rtp.Suite{rtp.AES128HMAC80, rtp.AES256GCM}

// Choose returns the first of an offer's a=crypto values that we can take:
// their order is the offerer's preference (RFC 4568 §5.1.2). Error: there is
// none; it says why not the first.
func Choose(values []string) (Attribute, error) {
	var why error
	seen := make(map[int]bool)
	for _, v := range values {
		a, err := Parse(v)
		if err == nil && seen[a.Tag] {
			err = fmt.Errorf("%w: tag %d twice", ErrMalformed, a.Tag)
		}
		if err == nil {
			return a, nil
		}
		seen[a.Tag] = true
		if why == nil {
			why = err
		}
	}
	if why == nil {
		why = fmt.Errorf("%w: there is none", ErrUnsupported)
	}
	return Attribute{}, why
}

// Match returns an answer's line and the one of ours that it accepts: the
// same tag and the same suite (RFC 4568 §5.1.3). An answer has one line; of
// more, as some send them, the first that fits counts. Error: none does.
func Match(values []string, ours []Attribute) (theirs, our Attribute, err error) {
	why := fmt.Errorf("%w: an answer without a line", ErrMalformed)
	for _, v := range values {
		if theirs, err = Parse(v); err != nil {
			why = err
			continue
		}
		for _, our = range ours {
			if our.Tag == theirs.Tag && our.Crypto.Suite == theirs.Crypto.Suite {
				return theirs, our, nil
			}
		}
		why = fmt.Errorf("%w: an answer with tag %d and suite %.40q, which we have not offered", ErrMalformed, theirs.Tag, theirs.Name)
	}
	return Attribute{}, Attribute{}, why
}
