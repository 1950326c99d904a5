package records

import (
	"slices"
	"testing"

	"parley/call"
)

// TestTransfersOfARecord: a flow that was called by a transfer sends its caller
// on, before it is over itself.
func TestTransfersOfARecord(t *testing.T) {
	r := Build(call.Info{}, []call.Event{
		{At: 100, Kind: call.KindTransfer, Text: "200", Attrs: map[string]any{"mode": "bridge"}},
		{At: 200, Kind: call.KindTransferAnswered},
		{At: 300, Kind: call.KindTransfer, Text: "201", Attrs: map[string]any{"mode": "attended"}},
		{At: 400, Kind: call.KindTransferEnd, Text: "busy", Attrs: map[string]any{"cause": "busy"}},
		{At: 500, Kind: call.KindTransferEnd, Text: "ended", Attrs: map[string]any{"cause": "normal"}},
		{At: 600, Kind: call.KindTransferEnd, Text: "failed"},
		{At: 700, Kind: call.KindTransfer, Text: "202", Attrs: map[string]any{"mode": "refer"}},
	})
	want := []call.Transferral{
		{Target: "200", Mode: "bridge", Start: 100, Answered: 200, Ended: 500, Result: call.TransferEnded, Cause: "normal"},
		{Target: "201", Mode: "attended", Start: 300, Ended: 400, Result: call.TransferBusy, Cause: "busy"},
		{Target: "202", Mode: "refer", Start: 700},
	}
	if !slices.Equal(r.Transfers, want) {
		t.Errorf("transfers %+v", r.Transfers)
	}
}
