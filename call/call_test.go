package call

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestAJournalsEndWaitsForThoseWhoWrite: but not for ever.
func TestAJournalsEndWaitsForThoseWhoWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, began := NewJournal(time.Now()), time.Now()
		j.Settle(time.Second) // nobody writes
		first, second := j.Hold(), j.Hold()
		time.AfterFunc(100*time.Millisecond, first)
		time.AfterFunc(300*time.Millisecond, func() { first(); second() })
		j.Settle(time.Second)
		if d := time.Since(began); d != 300*time.Millisecond {
			t.Errorf("it waited for %v", d)
		}
		defer j.Hold()()
		j.Settle(time.Second)
		if d := time.Since(began); d != 1300*time.Millisecond {
			t.Errorf("it waited for %v", d)
		}
	})
}

func TestIDsAreSerialsOfNineteenDigits(t *testing.T) {
	seen := map[ID]bool{}
	for range 1000 {
		id := NewID()
		if _, err := ParseID(string(id)); err != nil || seen[id] {
			t.Fatalf("id %q: %v, seen %v", id, err, seen[id])
		}
		seen[id] = true
	}
	for _, bad := range []string{"", "123", "0123456789012345678", "12345678901234567890", "123456789012345678x"} {
		if _, err := ParseID(bad); err == nil {
			t.Errorf("%q is taken for an id", bad)
		}
	}
}

func TestCausesMapBothWays(t *testing.T) {
	for c := Normal; c < causes; c++ {
		back, err := ParseCause(c.String())
		if err != nil || back != c {
			t.Errorf("%s parses to %s, %v", c, back, err)
		}
		if c.SIP() < 200 || c.Q850() < 1 || c.Q850() > 127 || c.HTTP() < 200 {
			t.Errorf("%s maps to %d, %d, %d", c, c.SIP(), c.Q850(), c.HTTP())
		}
	}
	for code, want := range map[int]Cause{200: Normal, 302: Unavailable, 404: NotFound, 486: Busy, 487: Cancelled, 503: Congestion, 603: Rejected, 599: Failed} {
		if got := CauseFromSIP(code); got != want {
			t.Errorf("%d means %s, want %s", code, got, want)
		}
	}
}

func TestCauseOfErrors(t *testing.T) {
	busy := WithCause(Busy, errors.New("all lines are taken"))
	for _, c := range []struct {
		err  error
		want Cause
	}{
		{nil, Normal},
		{busy, Busy},
		{fmt.Errorf("serve the call: %w", busy), Busy},
		{&Ended{By: Customer, Cause: Cancelled}, Cancelled},
		{context.DeadlineExceeded, NoResponse},
		{errors.New("boom"), Failed},
	} {
		if got := CauseOf(c.err); got != c.want {
			t.Errorf("CauseOf(%v) = %s, want %s", c.err, got, c.want)
		}
	}
}

func TestBookLimitsAndDrains(t *testing.T) {
	b := NewBook(2)
	var hungUp []Cause
	enter := func(id ID) (func(), error) {
		return b.Open(&Entry{Info: Info{ID: id, Start: time.Now()}, Hangup: func(_ Party, c Cause) { hungUp = append(hungUp, c) }})
	}
	first, err := enter("1")
	if err != nil {
		t.Fatal(err)
	}
	second, _ := enter("2")
	if _, err := enter("3"); CauseOf(err) != Overloaded {
		t.Errorf("a third call: %v", err)
	}
	if b.Ready() == nil || b.Len() != 2 || b.Find("1") == nil || b.List()[0].Info.ID != "1" {
		t.Errorf("ready %v, %d calls", b.Ready(), b.Len())
	}
	first()
	first()

	told := 0
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		b.Drain(t.Context(), time.Millisecond, func(left []*Entry) {
			if told++; told == 3 {
				second()
			}
		})
	}()
	<-finished
	if _, err := enter("4"); CauseOf(err) != Draining {
		t.Errorf("a call while draining: %v", err)
	}
	if len(hungUp) != 0 {
		t.Errorf("hung up %v", hungUp)
	}
}

func TestDrainEndsWhoRemains(t *testing.T) {
	b := NewBook(0)
	var cause Cause
	done, _ := b.Open(&Entry{Info: Info{ID: "1"}, Hangup: func(_ Party, c Cause) { cause = c }})
	defer done()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b.Drain(ctx, time.Hour, func([]*Entry) {})
	if cause != Draining {
		t.Errorf("ended with %s", cause)
	}
}

func TestPrintable(t *testing.T) {
	for s, want := range map[string]string{
		"Ann \u00e9\u4e5d": "Ann \u00e9\u4e5d", "\x1b[2Jx": "\ufffd[2Jx", "a\x00b\nc": "a\ufffdb\ufffdc", "\xffz": "\ufffdz",
		"\u009b1m": "\ufffd1m", "\u202egpj": "\ufffdgpj", "\uffff": "\ufffd", "": "",
	} {
		if got := Printable(s); got != want {
			t.Errorf("%q is shown as %q, want %q", s, got, want)
		}
	}
}

func TestJournal(t *testing.T) {
	j := NewJournal(time.Now())
	j.Log("one", "", nil)
	var got []string
	stop := j.Subscribe(func(e Event) { got = append(got, e.Kind) })
	j.Log("two", "", nil)
	stop()
	j.Log("three", "", nil)
	j.Close()
	j.Log("four", "", nil)
	if strings.Join(got, " ") != "one two" || len(j.Events()) != 3 {
		t.Errorf("subscriber got %v, journal has %d", got, len(j.Events()))
	}
	full := NewJournal(time.Now())
	for range maxEvents + 10 {
		full.Add(Event{Kind: "x"})
	}
	if es := full.Events(); len(es) != maxEvents || es[maxEvents-1].Kind != "journal.full" {
		t.Errorf("a full journal has %d events, the last %q", len(es), es[len(es)-1].Kind)
	}
	full.Log(KindFinished, "goodbye", nil)
	full.Log(KindEnded, "normal", map[string]any{"by": "system"})
	full.Close()
	full.Log(KindEnded, "normal", nil)
	<-full.Done()
	if es := full.Events(); len(es) != maxEvents+2 || es[maxEvents+1].Kind != KindEnded || es[maxEvents+1].Attrs["events_lost"] == nil || es[maxEvents+1].Attrs["by"] != "system" {
		t.Errorf("a full journal has %d events, the last %+v: the end is lost", len(es), es[len(es)-1])
	}
	if JournalFrom(WithJournal(t.Context(), j)) != j || JournalFrom(t.Context()) != nil {
		t.Error("the context does not carry the journal")
	}
}
