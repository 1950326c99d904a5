package web

import (
	"embed"
	"html/template"
	"net/http"
	"time"

	"parley/call"
	"parley/records"
)

//go:embed pages/*.html
var pageFiles embed.FS

var pageTemplates = template.Must(template.New("").Funcs(template.FuncMap{
	"why": records.Why,
	"lasted": func(r call.Record) string {
		if r.End.IsZero() {
			return "going on"
		}
		return r.End.Sub(r.Start).Round(100 * time.Millisecond).String()
	},
}).ParseFS(pageFiles, "pages/*.html"))

// pages are a small window on the calls until the console stands.
func (s *Server) pages(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", s.signedIn(s.callsPage))
	mux.HandleFunc("GET /calls/{id}", s.signedIn(s.callPage))
	mux.HandleFunc("POST /signin", s.signIn)
}

// render writes a page. Nothing of it may come from elsewhere.
func (s *Server) render(w http.ResponseWriter, status int, name string, data map[string]any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; form-action 'self'")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if err := pageTemplates.ExecuteTemplate(w, name, data); err != nil {
		s.deps.Log.Debug("a page was not read to its end", "page", name, "err", err)
	}
}

func (s *Server) signedIn(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.known(r) {
			s.render(w, http.StatusUnauthorized, "signin.html", map[string]any{"Title": "Sign in"})
			return
		}
		next(w, r)
	}
}

func (s *Server) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4096)
	token := r.PostFormValue("token")
	if !s.same(token) {
		s.render(w, http.StatusUnauthorized, "signin.html", map[string]any{"Title": "Sign in", "Problem": "That is not the token."})
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil,
	})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *Server) callsPage(w http.ResponseWriter, r *http.Request) {
	list, err := s.deps.Records.Calls(r.Context(), records.Query{})
	if err != nil {
		s.deps.Log.Error("the calls cannot be listed", "err", err)
		http.Error(w, "The store does not answer; try again later.", http.StatusServiceUnavailable)
		return
	}
	var live []call.Info
	for _, e := range s.deps.Book.List() {
		live = append(live, e.Info)
	}
	s.render(w, http.StatusOK, "calls.html", map[string]any{"Title": "Calls", "Calls": list, "Live": live})
}

func (s *Server) callPage(w http.ResponseWriter, r *http.Request) {
	id, err := call.ParseID(r.PathValue("id"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	record, _, err := s.load(r.Context(), &callInput{ID: string(id)})
	if err != nil {
		http.NotFound(w, r)
		return
	}
	s.render(w, http.StatusOK, "call.html", map[string]any{"Title": "Call " + string(id), "Call": record})
}
