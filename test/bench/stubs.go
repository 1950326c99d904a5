package main

import "context"

func measureVoice(context.Context, options, func(figure)) error   { return nil }
func measureAnswers(context.Context, options, func(figure)) error { return nil }
func measureMicro(context.Context, options, func(figure)) error   { return nil }
