package main

import (
	"net/http/httptest"
	"strings"
	"testing"

	"parley/speech/deepgram/deepgramtest"
	"parley/speech/openai/openaitest"
)

func TestProvidersVerify(t *testing.T) {
	t.Setenv("PARLEY_TEST_KEY", "hunter2hunter2")
	model := httptest.NewServer(openaitest.NewServer(func(s *openaitest.Stream, r openaitest.Request) {
		if len(r.Body.Tools) > 0 {
			s.Call(0, "a", "report_number", "{}")
		}
		s.Text("ready")
		s.Finish("stop")
	}))
	defer model.Close()
	wrong := httptest.NewServer(openaitest.NewServer(openaitest.Fails(401, nil)))
	defer wrong.Close()
	voice := httptest.NewServer(&deepgramtest.Server{
		Listen: []func(*deepgramtest.Ear){deepgramtest.Listen(deepgramtest.Script{})},
		Speak:  []func(*deepgramtest.Mouth){deepgramtest.Speak},
	})
	defer voice.Close()
	file := minimal(t, `
speech:
  recognizers: [{provider: deepgram}]
  synthesizers: [{provider: deepgram, languages: [en]}, {provider: espeak}]
  models: [good, bad]
  deepgram: {url: "`+strings.Replace(voice.URL, "http", "ws", 1)+`", key: "${env:PARLEY_TEST_KEY}"}
  openai:
    - {name: good, url: "`+model.URL+`/v1", model: m, key: "${env:PARLEY_TEST_KEY}"}
    - {name: bad, url: "`+wrong.URL+`", model: m, key: "${env:PARLEY_TEST_KEY}"}
`)
	out, err := run(t, "", "providers", "verify", "--config", file)
	for _, want := range []string{
		"recognizer deepgram: silence: ok", "synthesizer deepgram: speech: ok", "synthesizer espeak: speech: ok",
		"model good: chat: ok", "model good: function call: ok", "model bad: chat: FAILED", "check key, URL and model",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("want %q in:\n%s", want, out)
		}
	}
	if err == nil || strings.Contains(out, "hunter2") {
		t.Errorf("%v:\n%s", err, out)
	}
	if out, err := run(t, "", "providers", "verify", "good", "--config", file); err != nil || strings.Contains(out, "deepgram") {
		t.Errorf("%v:\n%s", err, out)
	}
	if _, err := run(t, "", "providers", "verify", "nobody", "--config", file); err == nil || !strings.Contains(err.Error(), `"nobody"`) {
		t.Errorf("%v", err)
	}
}
