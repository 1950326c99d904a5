package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"parley/call"
	"parley/records"
)

// watchCall prints the transcript of our call while it goes on, as the other
// side's API tells it. The returned function waits for the end and prints the
// timeline.
func (o *callOptions) watchCall(ctx context.Context, report *callReport, out io.Writer) (finish func()) {
	if !o.watch {
		return func() {}
	}
	done := make(chan string, 1)
	go func() {
		id, err := o.followCall(ctx, report.WireID, out)
		if err != nil {
			fmt.Fprintln(out, "watch:", err)
		}
		done <- id
	}()
	return func() {
		report.CallID = <-done
		if report.CallID == "" {
			return
		}
		if err := printTimeline(context.WithoutCancel(ctx), &o.api, report.CallID, out); err != nil {
			fmt.Fprintln(out, "watch:", err)
		}
	}
}

// settleTime is how long a record may take to be stored.
const settleTime = 5 * time.Second

// followCall finds the call by its SIP Call-ID and prints its journal.
func (o *callOptions) followCall(ctx context.Context, wireID string, out io.Writer) (id string, err error) {
	if err := o.api.connect(); err != nil {
		return "", err
	}
	var live []call.Record
	if err := o.api.get(context.WithoutCancel(ctx), "/v1/calls?live=true", &live); err != nil {
		return "", err
	}
	for _, r := range live {
		if r.WireID == wireID {
			id = string(r.ID)
		}
	}
	if id == "" {
		return "", fmt.Errorf("the API does not know a call with Call-ID %s", wireID)
	}
	// The stream ends by itself with the call.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), o.limit+settleTime)
	defer cancel()
	body, err := o.api.open(ctx, "/v1/calls/"+id+"/events/stream")
	if err != nil {
		return id, err
	}
	defer body.Close()
	for lines := bufio.NewScanner(body); lines.Scan(); {
		var e call.Event
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok || json.Unmarshal([]byte(data), &e) != nil {
			continue
		}
		if text := liveText(e); text != "" {
			fmt.Fprintf(out, "%7.2f  %s\n", float64(e.At)/1000, call.Printable(text))
		}
	}
	return id, nil
}

// liveText is what a watcher sees of an event, "" for nothing.
func liveText(e call.Event) string {
	switch e.Kind {
	case call.KindHearing:
		return "caller  … " + e.Text
	case call.KindSaid:
		switch {
		case e.Line == nil:
			return ""
		case e.Line.Meant != "" && e.Line.Meant != e.Line.Text:
			return fmt.Sprintf("%-6s  %s ✂ (interrupted)", e.Line.Speaker, e.Line.Text)
		}
		return fmt.Sprintf("%-6s  %s", e.Line.Speaker, e.Line.Words())
	case call.KindEnded:
		return "        · the call has ended: " + e.Text
	case call.KindState, call.KindTurn, call.KindVisit, call.KindAudio, call.KindDigit, call.KindTurnLog, "recording.start":
		return ""
	}
	if e.Text == "" {
		return "        · " + e.Kind
	}
	return "        · " + e.Kind + ": " + e.Text
}

// printTimeline prints the timeline of a call that has just ended.
func printTimeline(ctx context.Context, api *apiOptions, id string, out io.Writer) error {
	r, events, err := fetch(ctx, api, id)
	for wait := time.Duration(0); err == nil && r.End.IsZero() && wait < settleTime; wait += settleTime / 50 {
		time.Sleep(settleTime / 50)
		r, events, err = fetch(ctx, api, id)
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(out)
	return records.WriteTimeline(out, r, events)
}

func fetch(ctx context.Context, api *apiOptions, id string) (r call.Record, events []call.Event, err error) {
	if err := api.get(ctx, "/v1/calls/"+id, &r); err != nil {
		return r, nil, err
	}
	err = api.get(ctx, "/v1/calls/"+id+"/events", &events)
	return r, events, err
}
