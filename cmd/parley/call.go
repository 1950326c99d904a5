package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os/signal"
	"syscall"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/spf13/cobra"

	"parley/call"
	"parley/media"
	"parley/media/rtp"
	"parley/sip"
	"parley/sip/trunk"
	"parley/speech"
	"parley/speech/flite"
)

// callOptions are the flags of parley call.
type callOptions struct {
	steps       []step
	voice, from string
	record      string
	json, watch bool
	linger      time.Duration
	limit       time.Duration
	api         apiOptions
}

// callReport is what parley call --json prints.
type callReport struct {
	URI      string       `json:"uri"`
	WireID   string       `json:"wire_id"`
	CallID   string       `json:"call_id,omitempty" doc:"the id of the record, with --watch"`
	Answered bool         `json:"answered"`
	EndedBy  string       `json:"ended_by"`
	Cause    string       `json:"cause"`
	Code     int          `json:"code,omitempty"`
	Seconds  float64      `json:"seconds"`
	HeardMS  int64        `json:"heard_ms" doc:"speech of the other side"`
	Digits   string       `json:"digits,omitempty" doc:"keyed by the other side"`
	Steps    []stepReport `json:"steps"`
}

func newCall() *cobra.Command {
	o := &callOptions{}
	c := &cobra.Command{
		Use: "call sip:USER@HOST[:PORT]", Short: "Call somebody over SIP and talk, for tests and demonstrations", Args: oneAddress,
		Long: `Call places a real SIP call and carries out its steps in the order of their flags. When they are done it
waits for the other side to hang up, or for a silence, and hangs up itself.

  --say TEXT            speak TEXT
  --wav FILE            play a WAV file
  --dtmf DIGITS         key digits (RFC 4733)
  --wait TIME           do nothing
  --wait-quiet[=TIME]   wait until the other side has spoken and then been quiet (700ms)
  --interrupt-after TIME  wait until the other side has been speaking for TIME`,
		Example: `  parley call sip:shop@127.0.0.1 --wait-quiet --say "when are you open" --interrupt-after 1s --say "no thank you" --watch`,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			err := o.run(ctx, args[0], cmd.OutOrStdout(), cmd.ErrOrStderr())
			if err != nil && ctx.Err() != nil && cmd.Context().Err() == nil {
				return errReported // whoever stopped it knows why
			}
			return err
		},
	}
	f := c.Flags()
	for kind, usage := range map[string]string{
		"say": "speak `text`", "wav": "play a WAV `file`", "dtmf": "key `digits`", "wait": "do nothing for a `time`",
		"interrupt-after": "wait until the other side has been speaking for a `time`",
	} {
		f.Var(&stepFlag{kind, &o.steps}, kind, usage)
	}
	f.Var(&stepFlag{"wait-quiet", &o.steps}, "wait-quiet", "wait until the other side has spoken and then been quiet for a `time`")
	f.Lookup("wait-quiet").NoOptDefVal = "700ms"
	f.StringVar(&o.voice, "voice", "rms", "flite `voice` of the caller: slt, rms, awb, kal16")
	f.StringVar(&o.from, "from", "caller", "user part of the calling address")
	f.StringVar(&o.record, "record", "", "record to a stereo WAV `file`: the other side left, we right")
	f.BoolVar(&o.json, "json", false, "print what happened as JSON")
	f.BoolVar(&o.watch, "watch", false, "print the transcript as it is written, and then the timeline (with --json to standard error); asks the API")
	f.DurationVar(&o.linger, "linger", 3*time.Second, "hang up after this silence when all is done")
	f.DurationVar(&o.limit, "limit", 3*time.Minute, "hang up after this time whatever happens")
	o.api.flags(f)
	return c
}

// oneAddress wants the address, and helps with times that have lost theirs.
func oneAddress(cmd *cobra.Command, args []string) error {
	for _, a := range args {
		if _, err := time.ParseDuration(a); err == nil {
			return fmt.Errorf("the time %s belongs to no flag: write --wait-quiet=%s, with = and without a space", a, a)
		}
	}
	return cobra.ExactArgs(1)(cmd, args)
}

func (o *callOptions) run(ctx context.Context, uri string, out, errOut io.Writer) error {
	const rate = 8000
	log := slog.New(slog.NewTextHandler(errOut, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if err := o.prepare(ctx, rate, log); err != nil {
		return err
	}
	clock := media.NewWheel(1)
	defer clock.Close()
	door, err := callerDoor(ctx, uri, log)
	if err != nil {
		return err
	}
	defer door.Close()
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	c, err := door.Originate(ctx, call.Target{URI: uri, Caller: o.from})
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { c.Hangup(call.System, call.Normal) })
	defer stop()
	report := &callReport{URI: uri, WireID: c.Info().WireID, Steps: []stepReport{}}
	transcript := out
	if o.json {
		transcript = errOut // what is printed as JSON is JSON only
	}
	err = o.talk(c, clock, rate, report, transcript)
	o.finish(c, report, out)
	return err
}

// prepare makes the sounds before the call, so that no answer waits for them.
func (o *callOptions) prepare(ctx context.Context, rate int, log *slog.Logger) error {
	cfg := flite.Defaults()
	cfg.Engine.Children = 1
	var voice *flite.Synthesizer
	for i := range o.steps {
		s := &o.steps[i]
		var err error
		switch s.kind {
		case "wav":
			s.pcm, err = media.LoadSound(s.arg, rate)
		case "say":
			if voice == nil {
				if voice, err = flite.New(cfg, log); err != nil {
					return err
				}
				defer voice.Close()
			}
			err = voice.Speak(ctx, speech.Utterance{Text: s.arg, Language: "en-US", Voice: o.voice, Rate: rate}, func(c speech.Chunk) error {
				s.pcm = append(s.pcm, c.PCM...)
				return nil
			})
		}
		if err != nil {
			return fmt.Errorf("prepare --%s %q: %w", s.kind, s.arg, err)
		}
	}
	return nil
}

// callerDoor is a SIP user agent on a port of its own that only the called
// side may talk to.
func callerDoor(ctx context.Context, uri string, log *slog.Logger) (*sip.Server, error) {
	var to sipmsg.Uri
	if err := sipmsg.ParseUri(uri, &to); err != nil || to.Host == "" {
		return nil, fmt.Errorf("%q is not a SIP address: write sip:USER@HOST[:PORT]", uri)
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", to.Host)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", to.Host, err)
	}
	far := ips[0].Unmap()
	// The route to the far side tells which of our addresses it sees. Nothing
	// is sent.
	conn, err := net.Dial("udp", netip.AddrPortFrom(far, 5060).String())
	if err != nil {
		return nil, fmt.Errorf("find our address towards %s: %w", far, err)
	}
	local := conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
	conn.Close()
	ports, err := rtp.NewPool(local, 30000, 39999)
	if err != nil {
		return nil, err
	}
	cfg := sip.Defaults()
	any := netip.AddrPortFrom(local, 0).String()
	cfg.Listen = []sip.Listener{{Network: "udp", Address: any}, {Network: "tcp", Address: any}}
	called := trunk.Default("called")
	called.Allow = []string{"*"}
	for _, ip := range ips {
		ip = ip.Unmap()
		called.Addresses = append(called.Addresses, trunk.CIDR{Prefix: netip.PrefixFrom(ip, ip.BitLen())})
	}
	cfg.Trunks = []trunk.Config{called}
	door, err := sip.New(cfg, sip.Deps{Ports: ports, Log: log, Version: version, Handler: func(context.Context, call.Call) error {
		return call.WithCause(call.Busy, errors.New("this side only calls"))
	}})
	if err != nil {
		return nil, err
	}
	go door.Run(context.WithoutCancel(ctx)) //nolint:errcheck // its end is Close, and Originate tells its faults
	return door, nil
}

// talk waits for the answer, carries out the steps and waits for the end.
func (o *callOptions) talk(c call.Call, clock media.Clock, rate int, report *callReport, transcript io.Writer) (err error) {
	ctx := c.Context()
	if err := c.Await(context.WithoutCancel(ctx), call.Answered); err != nil {
		return fmt.Errorf("call %s: %w", report.URI, err)
	}
	report.Answered = true
	began := time.Now()
	stream := c.Stream()
	if o.record != "" {
		scribe := media.NewScribe()
		defer scribe.Close()
		recorder, err := scribe.Start(o.record, rate)
		if err != nil {
			return err
		}
		defer func() {
			if _, cerr := recorder.Close(); err == nil && cerr != nil {
				err = cerr
			}
		}()
		tap := media.NewTap(stream)
		tap.Record(recorder)
		stream = tap
	}
	port := media.NewPort(stream)
	clock.Add(port)
	defer func() { port.Stop(); <-port.Done() }()
	person := &caller{port: port, rate: rate, changed: make(chan struct{}, 1)}
	listening := make(chan error, 1)
	go func() { listening <- person.listen(ctx) }()
	watching := o.watchCall(ctx, report, transcript)

	err = person.run(ctx, o.steps, func(r stepReport) { report.Steps = append(report.Steps, r) })
	if err == nil {
		err = person.await(ctx, func() bool { return person.done(o.linger) })
	}
	var ended *call.Ended
	if errors.As(err, &ended) || errors.Is(err, errNeverSpoke) {
		err = nil // the other side hung up first: that is its right
	}
	c.Hangup(call.System, call.Normal)
	<-ctx.Done()
	<-listening
	report.Seconds = time.Since(began).Seconds()
	report.HeardMS = person.total.Milliseconds()
	for {
		select {
		case d := <-port.Digits():
			report.Digits += string(d.Tone)
			continue
		default:
		}
		break
	}
	watching()
	return err
}

// finish prints what happened.
func (o *callOptions) finish(c call.Call, report *callReport, out io.Writer) {
	c.Hangup(call.System, call.Normal)
	<-c.Context().Done()
	var ended *call.Ended
	if errors.As(context.Cause(c.Context()), &ended) {
		report.EndedBy, report.Cause, report.Code = "us", ended.Cause.String(), ended.Code
		if ended.By == call.Customer {
			report.EndedBy = "them"
		}
	}
	if o.json {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		e.Encode(report) //nolint:errcheck // nobody reads any more
		return
	}
	if !o.watch {
		fmt.Fprintf(out, "%s: answered %v, %.1f s, %.1f s of speech heard, ended: %s\n",
			report.URI, report.Answered, report.Seconds, float64(report.HeardMS)/1000, report.Cause)
	}
}
