package locate

import (
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// recheck is how often /etc/hosts is looked at for changes.
const recheck = 5 * time.Second

// hosts is the file of names that this machine's administrator has set.
type hosts struct {
	path string

	mu      sync.Mutex
	looked  time.Time
	written time.Time
	addrs   map[string][]netip.Addr
}

// find returns the addresses of a name, IPv4 first. localhost is always known
// (RFC 6761 §6.3).
func (h *hosts) find(name string) []netip.Addr {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	h.mu.Lock()
	defer h.mu.Unlock()
	if now := time.Now(); now.Sub(h.looked) >= recheck || h.looked.IsZero() {
		h.looked = now
		h.read()
	}
	if addrs := h.addrs[name]; len(addrs) > 0 {
		return slices.Clone(addrs)
	}
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}
	}
	return nil
}

func (h *hosts) read() {
	info, err := os.Stat(h.path)
	if err != nil || info.ModTime().Equal(h.written) {
		return
	}
	text, err := os.ReadFile(h.path)
	if err != nil {
		return
	}
	h.written, h.addrs = info.ModTime(), make(map[string][]netip.Addr)
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		addr, err := netip.ParseAddr(fields[0])
		if err != nil {
			continue
		}
		for _, name := range fields[1:] {
			name = strings.ToLower(name)
			h.addrs[name] = append(h.addrs[name], addr.Unmap())
		}
	}
	for _, addrs := range h.addrs {
		slices.SortStableFunc(addrs, func(a, b netip.Addr) int { return a.BitLen() - b.BitLen() })
	}
}
