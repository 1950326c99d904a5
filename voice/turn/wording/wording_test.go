package wording

import "testing"

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		tag, text string
		expected  []string
		want      Ending
	}{
		{"en-US", "", nil, Unknown},
		{"en-US", "I would like to", nil, Unfinished},
		{"en-GB", "Tell me about it and", nil, Unfinished},
		{"en-US", "My problem is um", nil, Unfinished},
		{"en", "I think", nil, Unfinished},
		{"en", "what is it for", nil, Request},
		{"en", "when are you open on Monday", nil, Request},
		{"en", "when the train stops in Leeds", nil, Unfinished},
		{"en", "so I forgot my password", nil, Finished},
		{"en", "um can I talk to somebody", nil, Request},
		{"en", "yes please", nil, Answer},
		{"en", "Yes.", nil, Answer},
		{"en", "the blue one", []string{"the red one", "the blue one"}, Answer},
		{"en", "two five", nil, Dictating},
		{"en", "my number is 0 3 0", nil, Dictating},
		{"en", "anna dot", nil, Unknown},
		{"en", "five", nil, Dictating},
		{"en", "Boston", nil, Unknown},
		{"zh-CN", "我想", nil, Unfinished},
		{"zh-CN", "因为", nil, Unfinished},
		{"zh-CN", "博物馆几点关门", nil, Finished},
		{"zh-CN", "好的", nil, Answer},
		{"zh-CN", "一三八", nil, Dictating},
		{"ko-KR", "무엇이든", nil, Unknown},
		{"ko-KR", "네", []string{"네"}, Answer},
	} {
		if got := Judge(c.tag, c.text, c.expected); got != c.want {
			t.Errorf("%s %q ends %s, want %s", c.tag, c.text, got, c.want)
		}
	}
}

func TestAcknowledges(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "mm-hmm": true, "Okay.": true, "I see": true, "yeah okay": true, "oh right": true,
		"okay but": false, "stop": false, "yes I want": false, "right right": true,
	} {
		if got := Acknowledges("en-US", text); got != want {
			t.Errorf("Acknowledges(%q) = %v", text, got)
		}
	}
	if !Acknowledges("zh-CN", "嗯 好的") || Acknowledges("zh-CN", "等一下") || Acknowledges("ko", "네") {
		t.Error("other languages")
	}
}

func TestSays(t *testing.T) {
	for text, want := range map[string]bool{"": false, "um": false, "mm-hmm": false, "stop": true, "uh wait": true, "okay stop": true, "i": false, "okay i": false, "i see": false, "i want": true} {
		if got := Says("en-US", text); got != want {
			t.Errorf("Says(%q) = %v", text, got)
		}
	}
	if !Says("ko-KR", "잠깐만요") {
		t.Error("a language that is not known has words too")
	}
}
