package trunk

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

func (c Config) validateCalls(report reporter) {
	oneOf(report, "srtp", c.SRTP, Off, Optional, Required)
	oneOf(report, "prack", c.PRACK, Off, Supported, Required)
	oneOf(report, "refer", c.Refer, Refuse, Accept)
	oneOf(report, "dtmf", c.DTMF, DTMFEvents, DTMFInfo, DTMFInband)
	oneOf(report, "identity", c.Identity, Off, Record, Verify, Require)
	c.Sign.Validate(func(key, problem, remedy string) { report("sign."+key, problem, remedy) })
	oneOf(report, "session_timer.refresher", c.SessionTimer.Refresher, "uac", "uas", "auto")
	if c.SessionTimer.MinSE < 90*time.Second {
		report("session_timer.min_se", fmt.Sprintf("is %v", c.SessionTimer.MinSE), "use 90s or more (RFC 4028 §4)")
	}
	if i := c.SessionTimer.Interval; i != 0 && i < c.SessionTimer.MinSE {
		report("session_timer.interval", fmt.Sprintf("is %v, less than min_se", i), "use min_se or more, or 0s for none")
	}
	if c.Redirects < 0 || c.Redirects > 20 {
		report("redirects", fmt.Sprintf("is %d", c.Redirects), "use 0 to 20")
	}
}

func (r Rule) validate(report reporter) {
	ways := 0
	if r.Strip != "" || r.Add != "" {
		ways++
	}
	if r.Match != "" || r.Replace != "" {
		ways++
		if _, err := regexp.Compile(r.Match); err != nil || r.Match == "" {
			report(".match", fmt.Sprintf("%q is not a regular expression", r.Match), `write for example "0(.*)"`)
		}
	}
	if r.Country != "" {
		ways++
		if n, err := strconv.ParseUint(r.Country, 10, 16); err != nil || n < 1 || n > 999 {
			report(".country", fmt.Sprintf("%q is not a country code", r.Country), `use digits, for example "49"`)
		}
	}
	if ways != 1 {
		report("", fmt.Sprintf("says %d ways to rewrite", ways), "give one of strip and add, match and replace, or country")
	}
}

func (c Config) validateCallerID(report reporter) {
	oneOf(report, "caller_id.from", c.CallerID.From, FromCaller, FromAsserted, FromUsername)
	oneOf(report, "caller_id.send", c.CallerID.Send, SendNone, SendAsserted, SendPreferred)
	oneOf(report, "caller_id.detours", c.CallerID.Detours, SendNone, SendDiversion, SendHistory)
	if strings.ContainsAny(c.CallerID.Number, " \"<>@:;\r\n") {
		report("caller_id.number", fmt.Sprintf("%q is not a number", c.CallerID.Number), "use for example +493012345")
	}
	for key, list := range map[string][]string{"headers.in": c.Headers.In, "headers.out": c.Headers.Out} {
		for i, name := range list {
			if !isHeader(strings.TrimSuffix(name, "*")) && name != "*" || Reserved(name) {
				report(fmt.Sprintf("%s[%d]", key, i), fmt.Sprintf("%q cannot be passed on", name), "name headers such as X-*, not those that belong to the dialog or the trunk")
			}
		}
	}
	for _, name := range sortedKeys(c.Headers.Set) {
		if !isHeader(name) || Reserved(name) || strings.ContainsAny(c.Headers.Set[name], "\r\n") {
			report("headers.set", fmt.Sprintf("%q cannot be set", name), "name headers such as X-Account, with values of one line")
		}
	}
}

func isHeader(name string) bool {
	return name != "" && strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789-_.!%+~") == ""
}
