package view

// Brand is what an operator calls the site, and the pages that its law asks for. The
// zero Brand is the built-in one.
type Brand struct {
	Name                               string // empty: the built-in one
	ImprintURL, ContactURL, PrivacyURL string // empty: none
}

// builtInName is the name of the site in the head of pages, in every language.
const builtInName = "Outcry"

// SiteName returns the name of the site for the head of a page.
func (b Brand) SiteName() string {
	if b.Name == "" {
		return builtInName
	}
	return b.Name
}

// BrandLink is a page of the operator, with the key of its name.
type BrandLink struct{ Key, URL string }

// Links returns the pages of the operator.
func (b Brand) Links() (links []BrandLink) {
	for _, link := range []BrandLink{{"brand_imprint", b.ImprintURL}, {"brand_contact", b.ContactURL}, {"brand_privacy", b.PrivacyURL}} {
		if link.URL != "" {
			links = append(links, link)
		}
	}
	return links
}
