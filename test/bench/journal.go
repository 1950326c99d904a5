package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"parley/call"
)

// get asks Parley's API.
func (h *house) get(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+h.http+path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", path, res.Status)
	}
	return json.NewDecoder(res.Body).Decode(into)
}

// journal returns when the events of a kind were in the call that has this
// Call-ID, which goes on (ns since 1970; good to a millisecond).
func (h *house) journal(ctx context.Context, wireID, kind string) (times []int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var live []call.Record
	if err := h.get(ctx, "/v1/calls?live=true", &live); err != nil {
		return nil, err
	}
	for _, r := range live {
		if r.WireID != wireID {
			continue
		}
		var events []call.Event
		if err := h.get(ctx, "/v1/calls/"+string(r.ID)+"/events", &events); err != nil {
			return nil, err
		}
		for _, e := range events {
			if e.Kind == kind {
				times = append(times, r.Start.Add(time.Duration(e.At)*time.Millisecond).UnixNano())
			}
		}
		return times, nil
	}
	return nil, fmt.Errorf("the API does not know the call %s", wireID)
}
