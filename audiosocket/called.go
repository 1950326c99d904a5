package audiosocket

import (
	"context"
	"fmt"

	"parley/call"
)

// called waits for the first media of a call that we make, early or not, and
// returns what is closed when it is answered. It is nil for a call that came in.
// ctx ends with the handler.
func called(ctx context.Context, c call.Call) (answered <-chan struct{}, err error) {
	if c.Info().Direction != call.Outbound {
		return nil, nil
	}
	if err := c.Await(ctx, call.Early); err != nil {
		return nil, fmt.Errorf("wait for the called party: %w", err)
	}
	closed := make(chan struct{})
	go func() { // ends with the handler, or the call
		if c.Await(ctx, call.Answered) == nil {
			close(closed)
		}
	}()
	return closed, nil
}
