package main

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"parley/audiosocket"
	"parley/call"
	"parley/ivr"
	"parley/media/rtp"
	"parley/media/tone"
	"parley/records"
	"parley/records/traces"
	"parley/sip"
	"parley/sip/trunk"
	"parley/voice"
	"parley/web"
)

// Config is the whole configuration file. Each room owns its part; this is
// only where they are put side by side.
type Config struct {
	Data  string        `yaml:"data"`
	Drain time.Duration `yaml:"drain"`
	Log   LogConfig     `yaml:"log"`

	SIP         sip.Config         `yaml:"sip"`
	RTP         rtp.Config         `yaml:"rtp"`
	Routes      call.Routes        `yaml:"routes"`
	Tones       string             `yaml:"tones"`
	Periods     call.Periods       `yaml:"periods"`
	AudioSocket audiosocket.Config `yaml:"audiosocket"`
	Voice       voice.Config       `yaml:"voice"`
	IVR         ivr.Config         `yaml:"ivr"`
	Speech      SpeechConfig       `yaml:"speech"`
	Records     records.Config     `yaml:"records"`
	Traces      traces.Config      `yaml:"traces"`
	HTTP        web.Config         `yaml:"http"`
}

// LogConfig says how the program logs.
type LogConfig struct {
	Level  slog.Level `yaml:"level"`
	Format string     `yaml:"format"`
}

// defaults is what etc/parley.yaml says; a test proves it.
func defaults() Config {
	return Config{
		Data:  "data",
		Drain: 30 * time.Second,
		Log:   LogConfig{Level: slog.LevelInfo, Format: "text"},
		SIP:   sip.Defaults(),
		RTP:   rtp.Defaults(),
		Routes: call.Routes{
			{Called: "shop", Program: "shop"},
			{Called: "demo", Program: "shop"},
			{Called: "100", Program: "shop"},
			{Called: "echo", Echo: true},
			{Called: "101", Echo: true},
		},
		Tones:       "eu",
		AudioSocket: audioSocketDefaults(),
		Voice:       voice.Defaults(),
		IVR:         ivr.Defaults(),
		Speech:      speechDefaults(),
		Records:     records.Defaults(),
		Traces:      traces.Defaults(),
		HTTP:        web.Defaults(),
	}
}

// reporter gets a problem: the key's path in the file, what is wrong, and
// what to do about it.
type reporter = func(key, problem, remedy string)

func under(prefix string, report reporter) reporter {
	return func(key, problem, remedy string) {
		if key != "" && key[0] != '[' {
			key = "." + key
		}
		report(prefix+key, problem, remedy)
	}
}

// validate reports every problem of c. flow tells whether a flow exists.
func (c Config) validate(flow func(string) bool, report reporter) {
	if c.Data == "" {
		report("data", "is empty", "name a folder that can be written, or set PARLEY_DATA")
	}
	if c.Drain < 0 {
		report("drain", "is negative", "use 0s or more")
	}
	if c.Log.Format != "text" && c.Log.Format != "json" {
		report("log.format", fmt.Sprintf("is %q", c.Log.Format), "use text or json")
	}
	c.SIP.Validate(under("sip", report))
	c.RTP.Validate(under("rtp", report))
	c.Periods.Validate(under("periods", report))
	c.Routes.Validate(c.names(flow), c.Periods, under("routes", report))
	if !slices.Contains(tone.Countries(), c.Tones) {
		report("tones", fmt.Sprintf("%q is not a country whose tones are known", c.Tones), "use "+strings.Join(tone.Countries(), ", "))
	}
	c.AudioSocket.Validate(under("audiosocket", report))
	if p := c.AudioSocket.Program; p != "" && !flow(p) {
		report("audiosocket.program", fmt.Sprintf("there is no flow %q", p), "name a flow that a file under ivr.flows declares")
	}
	c.Voice.Validate(under("voice", report))
	c.IVR.Validate(under("ivr", report))
	c.Speech.Validate(under("speech", report))
	c.Records.Validate(under("records", report))
	c.Traces.Validate(under("traces", report))
	c.HTTP.Validate(under("http", report))
	c.validateListeners(report)
}

// names tell what routes can speak of.
func (c Config) names(flow func(string) bool) call.Names {
	isTrunk := func(name string) bool {
		return slices.ContainsFunc(c.SIP.Trunks, func(t trunk.Config) bool { return t.Name == name })
	}
	return call.Names{
		Program: flow,
		Trunk:   func(name string) bool { return name == trunk.Registrar || isTrunk(name) },
		Way: func(name string) bool {
			return isTrunk(name) || slices.ContainsFunc(c.SIP.Groups, func(g trunk.Group) bool { return g.Name == name })
		},
		User: func(name string) bool { _, ok := c.SIP.Registrar.Password(name); return ok },
	}
}

// audioSocketDefaults let the sample flow answer an Asterisk that announces
// nothing.
func audioSocketDefaults() audiosocket.Config {
	c := audiosocket.Defaults()
	c.Program = "shop"
	return c
}
