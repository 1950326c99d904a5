package call

import (
	"strings"
	"testing"
	"time"
)

// period reads times the way the configuration writes them.
func period(t *testing.T, zone, days, hours, dates string) Period {
	t.Helper()
	p := Period{Name: "office", Times: []Span{{}}}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(p.Zone.UnmarshalText([]byte(zone)))
	check(p.Times[0].Days.UnmarshalText([]byte(days)))
	for _, h := range strings.Fields(hours) {
		p.Times[0].Hours = append(p.Times[0].Hours, Hours{})
		check(p.Times[0].Hours[len(p.Times[0].Hours)-1].UnmarshalText([]byte(h)))
	}
	for _, d := range strings.Fields(dates) {
		p.Times[0].Dates = append(p.Times[0].Dates, DateRange{})
		check(p.Times[0].Dates[len(p.Times[0].Dates)-1].UnmarshalText([]byte(d)))
	}
	return p
}

func TestPeriods(t *testing.T) {
	for _, c := range []struct {
		zone, days, hours, dates string
		in, out                  string // moments, UTC
	}{
		{"UTC", "mon-fri", "09:00-17:59", "", "2026-11-20T09:00:00 2026-11-20T17:59:59", "2026-11-20T08:59:59 2026-11-20T18:00:00 2026-11-21T10:00:00"},
		{"Europe/Berlin", "", "09:00-17:59", "", "2026-11-20T08:00:00 2026-07-20T07:00:00", "2026-11-20T07:59:00 2026-11-20T17:00:00 2026-07-20T16:00:00"},
		{"UTC", "fri", "22:00-05:59", "", "2026-11-20T22:00:00 2026-11-21T05:59:30", "2026-11-20T05:00:00 2026-11-21T22:00:00 2026-11-21T06:00:00"},
		{"UTC", "sat-mon,wed", "", "", "2026-11-21T00:00:00 2026-11-22T00:00:00 2026-11-23T23:59:59 2026-11-25T12:00:00", "2026-11-24T12:00:00 2026-11-26T12:00:00"},
		{"UTC", "", "", "12-25 2026-01-01", "2026-12-25T10:00:00 2031-12-25T10:00:00 2026-01-01T00:00:00", "2027-01-01T00:00:00 2026-12-26T00:00:00"},
		{"UTC", "", "", "12-24..01-06", "2026-12-31T10:00:00 2027-01-06T23:59:59", "2027-01-07T00:00:00 2026-12-23T10:00:00"},
		{"UTC", "", "", "2026-12-24..2027-01-06", "2027-01-06T10:00:00", "2027-12-25T10:00:00"},
		{"UTC", "mon", "", "2026-11-01..2026-11-30", "2026-11-23T10:00:00", "2026-11-24T10:00:00 2026-12-07T10:00:00"},
		{"UTC", "", "09:00-11:59 13:00-17:59", "", "2026-11-20T13:00:00", "2026-11-20T12:30:00"},
		// Ends are inclusive minutes: these three cover the day (O2).
		{"UTC", "", "09:00-18:00 18:01-23:59 00:00-08:59", "", "2026-11-20T18:00:59 2026-11-20T23:59:59 2026-11-20T08:59:59", ""},
		// 02:30 does not exist there on that day, and 03:00 comes at 01:00 UTC.
		{"Europe/Berlin", "", "02:00-02:59", "", "", "2026-03-29T00:59:00 2026-03-29T01:00:00"},
	} {
		p := period(t, c.zone, c.days, c.hours, c.dates)
		for in, moments := range map[bool]string{true: c.in, false: c.out} {
			for _, m := range strings.Fields(moments) {
				at, err := time.Parse("2006-01-02T15:04:05", m)
				if err != nil {
					t.Fatal(err)
				}
				if p.Holds(at) != in {
					t.Errorf("%+v: %s is in it: %v", c, m, !in)
				}
			}
		}
	}
	office := period(t, "UTC", "mon-fri", "", "")
	office.Except = period(t, "UTC", "", "", "12-25").Times
	if office.Holds(time.Date(2026, 12, 25, 10, 0, 0, 0, time.UTC)) || !office.Holds(time.Date(2026, 12, 24, 10, 0, 0, 0, time.UTC)) {
		t.Error("exceptions do not count")
	}
	for text, into := range map[string]interface{ UnmarshalText([]byte) error }{
		"mon-xyz": new(Weekdays), "9-17": new(Hours), "25:00-26:00": new(Hours), "2026-02-30": new(DateRange),
		"12-24..2027-01-06": new(DateRange), "2027-01-06..2026-12-24": new(DateRange), "Mars/Olympus": new(Zone),
	} {
		if err := into.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for %v", text, into)
		}
	}
}

func TestRoutes(t *testing.T) {
	ps := Periods{period(t, "UTC", "mon-fri", "09:00-17:59", "")}
	rs := Routes{
		{Called: "100", Program: "shop"},
		{Called: "4[0-9]*", Trunk: "carrier", Dial: "carriers", Number: Rewrite{Strip: "4", Add: "+44"}},
		{Called: "5*", Period: "office", User: "anna"},
		{Called: "5*", Period: "!office", Reject: "unavailable"},
		{Caller: "+1*", Headers: map[string]string{"X-Shop": "b*"}, Echo: true},
		{Verstat: "TN-Validation-F*", Reject: "rejected"},
		{Called: "a/b", AudioSocket: "voice.example:9092"},
	}
	open, closed := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC), time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		q    Query
		want string
	}{
		{Query{Called: "100"}, "flow shop"},
		{Query{Called: "1000"}, ""},
		{Query{Called: "42", Trunk: "carrier"}, "dial carriers"},
		{Query{Called: "42", Trunk: "other"}, ""},
		{Query{Called: "51", At: open}, "user anna"},
		{Query{Called: "51", At: closed}, "reject unavailable"},
		{Query{Called: "7", Caller: "+12", Headers: map[string]string{"x-shop": "books/used"}}, "echo"},
		{Query{Called: "7", Caller: "+12", Headers: map[string]string{"X-Shop": "toys"}}, ""},
		{Query{Called: "7", Caller: "+12"}, ""},
		{Query{Called: "a/b"}, "audiosocket voice.example:9092"},
		{Query{Called: "9", Verstat: "TN-Validation-Failed"}, "reject rejected"},
		{Query{Called: "9", Verstat: "TN-Validation-Passed"}, ""},
		{Query{}, ""},
	} {
		r, err := rs.Find(c.q, ps)
		if (err != nil) != (c.want == "") || err == nil && r.Target() != c.want || err != nil && CauseOf(err) != NotFound {
			t.Errorf("%+v → %s, %v; want %q", c.q, r.Target(), err, c.want)
		}
		vs := rs.Explain(c.q, ps)
		if last := vs[len(vs)-1]; last.Wins != (c.want != "") || last.Wins && last.Why != c.want {
			t.Errorf("%+v is explained with %+v", c.q, vs)
		}
	}
	var why []string
	for _, v := range rs.Explain(Query{Called: "52", At: closed, Trunk: "x"}, ps) {
		why = append(why, v.Why)
	}
	if got := strings.Join(why, "|"); got != `called "52" does not fit "100"|trunk "x" does not fit "carrier"|Sat 2026-11-21 10:00 UTC is outside period office|reject unavailable` {
		t.Error(got)
	}
	if got := rs[1].Number.Apply("420") + " " + (Rewrite{Match: "4(.)(.)", Replace: "$2$1"}).Apply("412"); got != "+4420 21" {
		t.Errorf("rewritten as %s", got)
	}
}

func TestRouteProblems(t *testing.T) {
	none := func(string) bool { return false }
	var keys []string
	report := func(key, _, _ string) { keys = append(keys, key) }
	Routes{
		{Called: "[", Echo: true}, {Called: "1"}, {Called: "2", Program: "none"}, {Called: "3", Reject: "sleepy"},
		{Called: "4", AudioSocket: "voice.example"}, {Called: "5", AudioSocket: ":9092"}, {Called: "6", AudioSocket: "[::1]:0"},
		{Called: "7", AudioSocket: "[::1]:9092", Echo: true}, {Trunk: "none", Echo: true}, {Trunk: "n*", Echo: true}, {Echo: true},
		{Called: "8", Dial: "none"}, {Called: "9", User: "none"}, {Period: "none", Echo: true}, {Called: "1", Echo: true, Number: Rewrite{Add: "1"}},
		{Headers: map[string]string{"X": "["}, Echo: true}, {Called: "1", Dial: "none", Number: Rewrite{Match: "("}},
	}.Validate(Names{none, none, none, none}, nil, report)
	if got := strings.Join(keys, " "); got != "[0].called [1] [2].flow [3].reject [4].audiosocket [5].audiosocket [6].audiosocket [7] "+
		"[8].trunk [10].called [11].dial [12].user [13].period [14].number [15].headers [16].dial [16].number.match" {
		t.Errorf("problems at %s", got)
	}
	keys = nil
	Periods{{}, {Name: "a", Times: []Span{{}}}, {Name: "a", Times: []Span{{}}}}.Validate(report)
	if got := strings.Join(keys, " "); got != "[0].name [0].times [2].name" {
		t.Errorf("problems at %s", got)
	}
}

func BenchmarkFind(b *testing.B) {
	var rs Routes
	for range 100 {
		rs = append(rs, Route{Called: "1[0-9]2*", Caller: "+49*", Echo: true})
	}
	b.ReportAllocs()
	for b.Loop() {
		_, _ = rs.Find(Query{Called: "135555", Caller: "+49301234567"}, nil)
	}
}
