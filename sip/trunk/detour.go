package trunk

import (
	"strconv"
	"strings"

	"parley/sip/identity"
)

// The causes of RFC 4458 beside the reasons of RFC 5806 (RFC 7544 §7).
var redirections = map[int]string{
	404: "unavailable", 302: "unconditional", 486: "user-busy", 408: "no-answer", 480: "deflection", 503: "unavailable", 487: "deflection",
}

// diversions tells a History-Info as Diversion: every entry that was left
// for a cause, the latest first (RFC 7544 §7.1).
func diversions(es []identity.Entry) (ds []identity.Diversion) {
	for i := len(es) - 1; i > 0; i-- {
		cause := es[i-1].Cause
		if cause == 0 {
			continue
		}
		reason := redirections[cause]
		if reason == "" {
			reason = "unknown"
		}
		d := identity.Diversion{Address: es[i-1].Address, Reason: reason, Counter: 1}
		d.URI, _, _ = strings.Cut(d.URI, "?")
		d.Params = nil
		if es[i-1].Private {
			d.Privacy = "full"
		}
		ds = append(ds, d)
	}
	return ds
}

// history tells Diversions as History-Info: one entry below the other (RFC
// 7544 §7.2).
func history(ds []identity.Diversion) (es []identity.Entry) {
	index := "1"
	for i := len(ds) - 1; i >= 0; i-- {
		e := identity.Entry{Address: ds[i].Address, Index: index, Private: ds[i].Privacy == "full" || ds[i].Privacy == "uri"}
		e.Params = nil
		for cause, reason := range redirections {
			if reason == ds[i].Reason && (e.Cause == 0 || cause < e.Cause) {
				e.Cause = cause
			}
		}
		if e.Cause != 0 && !strings.Contains(e.URI, "?") {
			e.URI += "?Reason=SIP%3Bcause%3D" + strconv.Itoa(e.Cause)
		}
		es = append(es, e)
		index += ".1"
	}
	return es
}
