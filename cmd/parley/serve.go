package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/spf13/cobra"
)

func newServe() *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Answer calls until told to stop", Args: cobra.NoArgs,
		Long: "Serve answers calls. SIGINT or SIGTERM drains: new calls are refused, those that are going on\n" +
			"may end (at most as long as drain says), and a second signal ends them at once. SIGHUP reads the\n" +
			"configuration again: trunks, routes, periods, flows and voice change for the next calls.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := configOf(cmd)
			if err != nil {
				return err
			}
			return serve(cmd.Context(), l)
		},
	}
}

func newLog(c LogConfig) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.Level}
	if c.Format == "json" {
		return slog.New(unwritten{Handler: slog.NewJSONHandler(os.Stderr, options)})
	}
	return slog.New(unwritten{Handler: slog.NewTextHandler(os.Stderr, options)})
}

// spareThreads lets the clock's threads run when Go's own scheduler is busy
// with everything else: with twice as many threads as cores it is the kernel
// that shares out the cores, and it wakes a late sleeper first.
func spareThreads() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(2 * runtime.NumCPU())
	}
}

// serve runs a Parley until a signal stops it.
func serve(ctx context.Context, l *loaded) error {
	spareThreads()
	log := newLog(l.Log)
	slog.SetDefault(log)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(signals)

	p, err := newParley(ctx, l, log)
	if err != nil {
		return err
	}
	defer p.close()
	if err := p.start(ctx); err != nil {
		return err
	}
	for _, a := range p.sip.Addrs() {
		log.Info("listening for SIP", "network", a.Network, "address", a.AddrPort)
	}
	log.Info("parley is ready", "version", version, "http", "http://"+p.httpAddr, "audiosocket", p.audioAddr, "data", l.Data, "flows", l.library.Names())

	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	for {
		select {
		case <-hangups:
			if err := p.reload(); err != nil {
				log.Error("configuration not reloaded", "error", err)
			}
			continue
		case s := <-signals:
			log.Info("draining: new calls are refused", "signal", s.String(), "calls", p.book.Len(), "at_most", l.Drain)
		case err := <-p.failed:
			return fmt.Errorf("serve: %w", err)
		}
		break
	}
	drainCtx, cancel := context.WithTimeout(ctx, l.Drain)
	defer cancel()
	go func() {
		select {
		case <-signals:
			cancel()
		case <-drainCtx.Done():
		}
	}()
	p.drain(drainCtx)
	return nil
}
