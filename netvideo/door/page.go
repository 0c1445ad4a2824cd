package door

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"

	"cutout/netvideo"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// page is what a browser sees behind a link. It depends on nothing the door knows: no
// answer to GET tells a good code from a bad one.
type page struct {
	template *template.Template
	policy   string
}

type pageData struct {
	Style template.CSS
	Link  string
}

func newPage() page {
	sum := sha256.Sum256([]byte(pageCSS))
	return page{
		template: template.Must(template.New("page").Parse(pageHTML)), // fails only when the embedded text is wrong
		policy: fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
			base64.StdEncoding.EncodeToString(sum[:])),
	}
}

func (p page) write(w http.ResponseWriter, link string) {
	var b bytes.Buffer
	if err := p.template.Execute(&b, pageData{Style: template.CSS(pageCSS), Link: link}); err != nil {
		writeError(w, fmt.Errorf("make the page: %w", err))
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", p.policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(b.Bytes()) // fails when the client has gone
}

// invitePage answers GET /r/CODE. Messengers fetch links to preview them: nothing is
// redeemed here.
func (d *Door) invitePage(w http.ResponseWriter, r *http.Request) {
	link, err := netvideo.ParseLink(publicURL(r) + "/r/" + r.PathValue("code"))
	if err != nil {
		writeError(w, refuse(CodeNotFound, "this is not an invite link"))
		return
	}
	d.page.write(w, link.String())
}

// home answers GET /.
func (d *Door) home(w http.ResponseWriter, _ *http.Request) { d.page.write(w, "") }
