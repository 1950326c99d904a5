package sip

import (
	"slices"
	"strings"
)

// allowed are the methods we serve; Allow says so (§20.5).
const allowed = "INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY"

// extensions are the option tags that we know: RFC 3262, 4028, 3891, 3515.
var extensions = []string{"100rel", "timer", "replaces", "norefersub"}

var supported = strings.Join(extensions, ", ")

// required lists the extensions that req insists on and that we have not
// (§8.2.2.3).
func required(req message) string {
	var unknown []string
	for _, t := range tokens(req, "Require", "") {
		if !slices.Contains(extensions, strings.ToLower(t)) {
			unknown = append(unknown, t)
		}
	}
	return strings.Join(unknown, ", ")
}
