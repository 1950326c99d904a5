package records

import (
	"fmt"
	"slices"

	"parley/call"
)

// Build makes the record of a call from its journal, at its end or before.
func Build(info call.Info, events []call.Event) call.Record {
	r := call.Record{
		ID: info.ID, Door: info.Door, Direction: info.Direction.String(),
		Caller: info.Caller, CallerName: info.CallerName, Called: info.Called,
		Trunk: info.Trunk, WireID: info.WireID, Start: info.Start, Variables: info.Variables,
		Headers: info.Headers, Identity: info.Identity,
	}
	for _, e := range events {
		switch e.Kind {
		case call.KindAnswered:
			r.Answered = at(info, e)
		case call.KindEnded:
			r.End = at(info, e)
			r.Cause = e.Text
			r.HangupBy = text(e.Attrs["by"])
			r.Code, _ = e.Attrs["code"].(int)
		case call.KindFinished:
			r.Reason = e.Text
		case call.KindAnswer:
			r.AnsweredBy = e.Text
		case call.KindProgram:
			r.Program = e.Text
		case call.KindTransfer:
			r.Transfers = append(r.Transfers, call.Transferral{Target: e.Text, Mode: text(e.Attrs["mode"]), Start: e.At})
		case call.KindTransferAnswered:
			if t := open(r.Transfers); t != nil {
				t.Answered = e.At
			}
		case call.KindTransferEnd:
			if t := open(r.Transfers); t != nil {
				t.Ended, t.Result, t.Cause = e.At, call.TransferEnd(e.Text), text(e.Attrs["cause"])
			}
		case call.KindTag:
			if r.Tags == nil {
				r.Tags = map[string]string{}
			}
			r.Tags[e.Text] = text(e.Attrs["value"])
		}
		if e.Line != nil {
			r.Transcript = append(r.Transcript, *e.Line)
		}
		if e.Stages != nil {
			r.Turns = append(r.Turns, *e.Stages)
		}
	}
	// A line is written when it ends; they are read in the order they began.
	slices.SortStableFunc(r.Transcript, func(a, b call.Line) int { return int(a.From - b.From) })
	r.Latency = latencies(r.Turns)
	return r
}

// open is the last transfer that has not ended: one flow may have sent its
// caller to another, which sends him on.
func open(ts []call.Transferral) *call.Transferral {
	for i := len(ts) - 1; i >= 0; i-- {
		if ts[i].Ended == 0 {
			return &ts[i]
		}
	}
	return nil
}

func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// latencies summarises the turns that answer the caller.
func latencies(turns []call.Turn) call.Latencies {
	var whole, asr, reply, tts []int64
	stage := func(to *[]int64, from, until int64) {
		if from >= 0 && until >= from {
			*to = append(*to, until-from)
		}
	}
	for _, t := range turns {
		if t.Number == 0 {
			continue // the opening answers nothing
		}
		stage(&whole, t.SpeechEnd, t.Audible)
		stage(&asr, t.Decided, t.Text)
		stage(&reply, t.Text, t.Reply)
		stage(&tts, t.Reply, t.Voice)
	}
	return call.Latencies{
		EndToEnd: quantiles(whole), ASR: quantiles(asr), Reply: quantiles(reply), TTS: quantiles(tts),
	}
}

// quantiles by the nearest rank.
func quantiles(v []int64) call.Quantiles {
	if len(v) == 0 {
		return call.Quantiles{}
	}
	slices.Sort(v)
	rank := func(part float64) int64 {
		i := int(part*float64(len(v))+0.9999999) - 1
		return v[min(max(i, 0), len(v)-1)]
	}
	return call.Quantiles{Count: len(v), Min: v[0], Median: rank(0.5), P90: rank(0.9)}
}
