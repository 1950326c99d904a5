// Package storetest is the conformance suite of stores: whatever engine is
// below, it must behave so.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"parley/call"
	"parley/records"
)

// Store is what every engine offers.
type Store interface {
	SaveCall(ctx context.Context, r call.Record, events []call.Event) error
	Call(ctx context.Context, id call.ID) (call.Record, error)
	CallEvents(ctx context.Context, id call.ID) ([]call.Event, error)
	Calls(ctx context.Context, q records.Query) ([]call.Record, error)
	Ping(ctx context.Context) error
}

// Run tests stores. open returns an empty one.
func Run(t *testing.T, open func(t *testing.T) Store) {
	t.Run("a call comes back as it was saved", func(t *testing.T) {
		s := open(t)
		want, events := Sample(1)
		save(t, s, want, events)
		got, err := s.Call(t.Context(), want.ID)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v\nwant %+v", got, err, want)
		}
		es, err := s.CallEvents(t.Context(), want.ID)
		if err != nil || len(es) != len(events) || es[1].Line == nil || es[1].Line.Text != "hello “you”" {
			t.Errorf("events %+v, %v", es, err)
		}
	})
	t.Run("saving again replaces", func(t *testing.T) {
		s := open(t)
		r, events := Sample(1)
		save(t, s, r, events)
		r.Cause = "busy"
		save(t, s, r, events[:1])
		got, err := s.Call(t.Context(), r.ID)
		es, _ := s.CallEvents(t.Context(), r.ID)
		list, _ := s.Calls(t.Context(), records.Query{})
		if err != nil || got.Cause != "busy" || len(es) != 1 || len(list) != 1 {
			t.Errorf("cause %s, %d events, %d calls, %v", got.Cause, len(es), len(list), err)
		}
	})
	t.Run("unknown calls are not found", func(t *testing.T) {
		s := open(t)
		if _, err := s.Call(t.Context(), "1"); !errors.Is(err, records.ErrNotFound) {
			t.Errorf("Call: %v", err)
		}
		if _, err := s.CallEvents(t.Context(), "1"); !errors.Is(err, records.ErrNotFound) {
			t.Errorf("CallEvents: %v", err)
		}
		if list, err := s.Calls(t.Context(), records.Query{}); err != nil || list == nil || len(list) != 0 {
			t.Errorf("Calls: %v, %v; want an empty list", list, err)
		}
	})
	t.Run("queries", func(t *testing.T) {
		s := open(t)
		for i := range 10 {
			r, events := Sample(i)
			save(t, s, r, events)
		}
		base := start(0)
		for _, c := range []struct {
			name string
			q    records.Query
			want []int
		}{
			{"all, newest first", records.Query{}, []int{9, 8, 7, 6, 5, 4, 3, 2, 1, 0}},
			{"limit", records.Query{Limit: 3}, []int{9, 8, 7}},
			{"page", records.Query{Limit: 3, Before: id(7)}, []int{6, 5, 4}},
			{"from", records.Query{From: base.Add(8 * time.Minute)}, []int{9, 8}},
			{"to is exclusive", records.Query{To: base.Add(2 * time.Minute)}, []int{1, 0}},
			{"number as caller", records.Query{Number: "103"}, []int{3}},
			{"number as called", records.Query{Number: "shop", Limit: 2}, []int{9, 8}},
			{"nothing", records.Query{Number: "' OR 1=1 --"}, nil},
		} {
			list, err := s.Calls(t.Context(), c.q)
			var got []int
			for _, r := range list {
				got = append(got, int(r.Caller[2]-'0'))
			}
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s: %v, %v; want %v", c.name, got, err, c.want)
			}
		}
	})
	t.Run("many at once", func(t *testing.T) {
		s := open(t)
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				r, events := Sample(i)
				if err := s.SaveCall(t.Context(), r, events); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if list, err := s.Calls(t.Context(), records.Query{}); err != nil || len(list) != 50 {
			t.Errorf("%d calls, %v", len(list), err)
		}
	})
	t.Run("it answers", func(t *testing.T) {
		if err := open(t).Ping(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func save(t *testing.T, s Store, r call.Record, events []call.Event) {
	t.Helper()
	if err := s.SaveCall(t.Context(), r, events); err != nil {
		t.Fatal(err)
	}
}

func id(i int) call.ID { return call.ID(fmt.Sprintf("1%018d", i)) }

func start(i int) time.Time {
	return time.Date(2026, 11, 21, 10, i, 0, 0, time.UTC)
}

// Sample returns the i-th of a row of calls, a minute apart.
func Sample(i int) (call.Record, []call.Event) {
	r := call.Record{
		ID: id(i), Door: "sip", Direction: "inbound", Caller: fmt.Sprintf("10%d", i), Called: "shop", WireID: "abc@host",
		Program: "shop", Start: start(i), Answered: start(i).Add(time.Second), End: start(i).Add(time.Minute),
		HangupBy: "customer", Cause: "normal", Tags: map[string]string{"order": "1234"},
		Transcript: []call.Line{{Speaker: call.SpeakerRobot, Text: "hello “you”", From: 5, To: 900}},
		Turns:      []call.Turn{{Number: 1, Heard: "你好", Cut: -1}},
		Headers:    map[string]string{"X-Shop": "7"},
		Identity: call.Identity{
			Asserted: []string{`"Ann" <sip:+49301@pbx>`}, Privacy: []string{"id"},
			Diversions: []call.Diversion{{Number: "200", Reason: "no-answer", Counter: 1, URI: "sip:200@pbx"}},
			Signed:     []call.Passport{{Attest: "A", Orig: "49301", Dest: []string{"49300"}, IssuedAt: start(i), Verdict: "unverified: claims agree", Header: "a.b.c"}},
		},
		Recording: call.Recording{File: "recordings/x.wav", Rate: 8000, Samples: 480000},
	}
	return r, []call.Event{{At: 1, Kind: call.KindAnswered}, {At: 900, Kind: call.KindSaid, Line: &r.Transcript[0]}}
}
