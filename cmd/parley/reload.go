package main

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// errNotReloaded says that everything stays as it was.
var errNotReloaded = errors.New("the configuration stays as it was")

// reload reads the configuration again and makes it count for every call that
// begins from now on; those that are up keep what they began with. With a
// mistake in it, or a change that needs a restart, nothing changes.
func (p *parley) reload() error {
	p.reloading.Lock()
	defer p.reloading.Unlock()
	old := p.config()
	l, problems := load(old.file)
	if len(problems) > 0 {
		errs := []error{errNotReloaded}
		for _, q := range problems {
			errs = append(errs, errors.New(q.String()))
		}
		return errors.Join(errs...)
	}
	if keys := fixed(old.Config, l.Config); len(keys) > 0 {
		return fmt.Errorf("%w: %s can be changed by a restart only", errNotReloaded, strings.Join(keys, ", "))
	}
	if err := p.sip.Reload(l.SIP); err != nil {
		return fmt.Errorf("%w: %w", errNotReloaded, err)
	}
	p.cfg.Store(l)
	for _, w := range l.warnings {
		p.log.Warn(w)
	}
	p.log.Info("configuration reloaded", "file", l.file, "flows", l.library.Names(), "trunks", len(l.SIP.Trunks), "routes", len(l.Routes))
	return nil
}

// changeable are the parts that a reload can exchange; sip tells by itself
// what of it cannot.
var changeable = []string{"sip", "routes", "periods", "tones", "voice", "ivr"}

// fixed names the parts in which a and b differ and that need a restart.
func fixed(a, b Config) (keys []string) {
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range va.NumField() {
		key := va.Type().Field(i).Tag.Get("yaml")
		can := false
		for _, c := range changeable {
			can = can || c == key
		}
		if !can && !reflect.DeepEqual(va.Field(i).Interface(), vb.Field(i).Interface()) {
			keys = append(keys, key)
		}
	}
	return keys
}
