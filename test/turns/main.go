// Command turns scores the voice loop on the corpus with the oracle of
// test/turns/oracle for a recogniser, so that what is measured are the loop's
// own decisions. Run it in the source's folder: go run ./test/turns -h.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"parley/test/turns/oracle"
	"parley/voice"
	"parley/voice/corpus"
	"parley/voice/rehearsal"
)

func main() {
	r := rehearsal.Run{}
	flag.StringVar(&r.Corpus, "corpus", "testdata/turns", "`folder` of the corpus")
	flag.StringVar(&r.Cache, "cache", "", "`folder` for the speech that was made (default: in the user's folder for caches)")
	flag.StringVar((*string)(&r.Part), "part", string(corpus.HeldOut), "`part` of the corpus: tune or held_out")
	flag.StringVar(&r.Only, "only", "", "only items whose name matches this `regexp`")
	flag.IntVar(&r.Items, "items", 0, "only so many of them, of each class its share")
	flag.BoolVar(&r.Every, "every", false, "figures of every condition")
	flag.BoolVar(&r.JSON, "json", false, "figures as JSON lines")
	flag.BoolVar(&r.Each, "each", false, "each item's result as a JSON line first")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := r.Write(ctx, os.Stdout, rehearsal.Parley(voice.Defaults(), oracle.Ears)); err != nil {
		fmt.Fprintln(os.Stderr, "turns:", err)
		os.Exit(1)
	}
}
