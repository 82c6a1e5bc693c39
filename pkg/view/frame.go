package view

import (
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/publicurl"
)

// Frame is what every page has around its content.
type Frame struct {
	*locale.Locale
	Title       string
	Description string
	Path        string // of this page, below the prefix of the language
	Asked       string // query of this page that its other languages keep
	Prefix      publicurl.Prefix
	Origin      string // scheme and host of the site
	Guessed     bool   // Origin is that of the request; the script of the page knows the one of the visitor
	Assets      Assets
	Brand       Brand
	Date        string
	Times       string // names the zone of all times
	Simulated   bool
	Attribution string
	Index       bool   // search engines may list the page
	Query       string // in the search field
	Pictured    string // service whose picture stands beside links to the page, and which others may embed
	Others      []Language
	Visit       string // where a person's view of the page is counted; "" for nowhere
	Feed        string // path of the feed of the same incidents; "" for none
	Live        string // service whose events change the page; "*" for all; "" for none
}

// SaidSent and SaidLate are what any page shows of a press that waited on the device
// for a connection. The script fills {time}.
func (f *Frame) SaidSent() string { return f.Fill("said_sent", locale.Values{"Time": "{time}"}) }

// SaidLate is the message for a press that was sent too late to count.
func (f *Frame) SaidLate() string { return f.Fill("said_late", locale.Values{"Time": "{time}"}) }

// Language is another language of the same page.
type Language struct{ Code, Name string }

// To returns the address of a page in the language of this one.
func (f *Frame) To(path string) string { return f.Prefix.To(path) }

// Host returns the host of the site.
func (f *Frame) Host() string { return publicurl.URL{Origin: f.Origin}.Host() }

// Below returns the path of something that is the same in all languages.
func (f *Frame) Below(path string) string { return f.Prefix.Below(path) }

// In returns the address of this page in the language with this code.
func (f *Frame) In(code string) string { return f.Prefix.In(code).To(f.Path) + f.Asked }

// Languages are the codes of all languages of the site.
func (f *Frame) Languages() []string { return locale.Codes() }

// Assets are the addresses of the files that pages load. An address changes
// with the content of its file.
type Assets struct {
	Style       string
	Icon        string
	Logo        string // beside the name; empty for none
	LogoWidth   int    // of the logo, in pixels, when it is 28 pixels high
	World       string // the outlines of countries
	Script      string // empty if no script was built
	Embed       string // the style of frames
	EmbedScript string // empty if no script was built
	PressScript string // empty if no script was built
	AdminScript string // empty if no script was built
	TellScript  string // empty if no script was built
	Worker      string // the service worker; empty if none was built
	Elements    bool   // whether the script of the elements was built
}
