package trunk

import "testing"

func TestEscapesHideNothing(t *testing.T) {
	for in, want := range map[string]string{
		"0900123": "0900123", "%30900123": "0900123", "%30%39%30%30123": "0900123", "0%2D900": "0-900", "%31%31%32": "112",
		"a%20b": "a%20b", "%2B49": "+49", "100%": "100%", "1%3": "1%3", "%23": "%23", "%00": "%00",
	} {
		if got := Unescape(in); got != want {
			t.Errorf("Unescape(%q) = %q, want %q", in, got, want)
		}
	}
	e := Emergency(DefaultEmergency())
	for _, number := range []string{"%31%31%32", "1%2d12", "+49%31%31%32"} {
		if !e.Is(number) {
			t.Errorf("%q is not seen as an emergency number", number)
		}
	}
	if !listed([]string{"0900"}, "0%2D900123") || !listed([]string{"00882"}, "+88212") || !listed([]string{"+882"}, "0088212") || listed([]string{"0900"}, "+900") {
		t.Error("lists are not what they are for numbers written otherwise")
	}
}

func TestWhatIsDeniedIsDeniedHoweverItComesAbout(t *testing.T) {
	c := Default("carrier")
	c.Allow, c.Deny = []string{"*"}, []string{"+49900"}
	var abroad Rule
	abroad.SetDefaults()
	abroad.Country = "49"
	c.Called.Out = []Rule{abroad}
	set, err := New(Settings{Trunks: []Config{c}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for number, ok := range map[string]bool{"+49900123456": false, "0900123456": false, "0049900123456": false, "030123456": true} {
		if _, err := set.Trunk("carrier").Outgoing(Call{Called: number}); (err == nil) != ok {
			t.Errorf("call %s: %v", number, err)
		}
	}
}

func TestHeadersThatAreNoneAreNotPassedOn(t *testing.T) {
	passed := pass([]string{"X-*"}, []Header{{"X-A", "1"}, {"X-\"A\"", "1"}, {"X-Ü", "1"}, {"X-B", "a\x00b"}, {"X-C", "a\r\nVia: x"}})
	if len(passed) != 1 || passed[0].Name != "X-A" {
		t.Errorf("passed on: %q", passed)
	}
}
