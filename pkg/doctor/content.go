package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/geo"
	"github.com/outcry/outcry/pkg/mail"
	"github.com/outcry/outcry/pkg/seal"
)

const (
	catalogCheck = "catalog"
	countryCheck = "address database"
	mailCheck    = "e-mail"
	secretCheck  = "secret of the installation"
	limitCheck   = "open files"
	// fewFiles leave no room for a crowd, and littleFiles not even for a server.
	fewFiles, littleFiles = 16_384, 1024
)

// checkCatalog reports files of services that cannot be read.
func (e *exam) checkCatalog(context.Context) {
	c, err := catalog.Load(e.config.Catalog, e.config.CatalogExtra)
	if err != nil {
		for _, line := range linesOf(err) {
			e.fault(catalogCheck, line, "correct the file that OUTCRY_CATALOG or OUTCRY_CATALOG_EXTRA names; pkg/catalog/catalog.yaml shows the format")
		}
		return
	}
	before := len(e.findings)
	for _, slug := range e.config.MetricsServices {
		if _, known := c.Service(slug); !known {
			e.fault(catalogCheck, fmt.Sprintf("OUTCRY_METRICS_SERVICES names %q, which the catalog does not have", slug), "name services by their address on the pages, such as whatsapp")
		}
	}
	e.sound(before, catalogCheck, "%d services", len(c.Services()))
}

// linesOf returns the lines of an error.
func linesOf(err error) []string { return strings.Split(strings.TrimSpace(err.Error()), "\n") }

// publicAddress is one that every database of countries knows.
var publicAddress = netip.AddrFrom4([4]byte{8, 8, 8, 8})

// checkDatabases reports databases of addresses that cannot be read, or know nothing.
func (e *exam) checkDatabases(context.Context) {
	locator, err := geo.Open(e.config.GeoIP)
	if err != nil {
		e.fault(countryCheck, err.Error(), "set OUTCRY_GEOIP to an .mmdb file of countries, or leave it out for the built-in one")
	} else {
		country := locator.Country(publicAddress)
		switch err := locator.Close(); {
		case err != nil:
			e.fault(countryCheck, err.Error(), "see whether the disk of OUTCRY_GEOIP is healthy")
		case country != "US":
			e.warn(countryCheck, fmt.Sprintf("it places %s in %q, not in US", publicAddress, country), "set OUTCRY_GEOIP to an .mmdb file of countries of the whole world")
		default:
			e.ok(countryCheck, "it knows countries")
		}
	}
	if e.config.ASN == "" {
		return
	}
	systems, err := geo.OpenSystems(e.config.ASN)
	if err != nil {
		e.fault(countryCheck, err.Error(), "set OUTCRY_ASN to an .mmdb file of autonomous systems, or leave it out")
		return
	}
	known := systems.Of(publicAddress) != ""
	switch err := systems.Close(); {
	case err != nil:
		e.fault(countryCheck, err.Error(), "see whether the disk of OUTCRY_ASN is healthy")
	case !known:
		e.warn(countryCheck, fmt.Sprintf("OUTCRY_ASN knows no autonomous system of %s", publicAddress), "set OUTCRY_ASN to an .mmdb file of the whole world")
	default:
		e.ok(countryCheck, "it knows autonomous systems")
	}
}

// checkMail reports a mail server that cannot be reached.
func (e *exam) checkMail(ctx context.Context) {
	if e.config.SMTPURL == "" {
		e.ok(mailCheck, "OUTCRY_SMTP_URL is not set, so none is sent")
		return
	}
	if e.isWrong("OUTCRY_SMTP_URL") {
		return
	}
	server, err := mail.ParseServer(e.config.SMTPURL)
	if err != nil {
		e.fault(mailCheck, "OUTCRY_SMTP_URL "+err.Error(), "write it as smtps://NAME:PASSWORD@HOST:465 or smtp://HOST:587")
		return
	}
	if err := e.Dial(ctx, net.JoinHostPort(server.Host, strconv.Itoa(server.Port))); err != nil {
		e.fault(mailCheck, fmt.Sprintf("the server in OUTCRY_SMTP_URL does not answer at port %d: %v", server.Port, withoutHost(err)), "check the host and the port; many hosts block port 25, and 465 or 587 works")
		return
	}
	e.ok(mailCheck, "the server in OUTCRY_SMTP_URL answers")
}

// withoutHost returns the cause of an error of a connection, without its address.
func withoutHost(err error) error {
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &dns):
		return errors.New("the host is not found")
	case errors.As(err, &op):
		return op.Err
	}
	return err
}

// checkSecret reports a secret that is missing or open to others.
func (e *exam) checkSecret(context.Context) {
	if e.isWrong("OUTCRY_SECRET") || e.isWrong("OUTCRY_SECRET_FILE") {
		return
	}
	switch {
	case e.config.Secret != "":
		e.ok(secretCheck, "OUTCRY_SECRET is set; keep a copy, apart from the backups")
	case e.config.Distributed():
		e.warn(secretCheck, "OUTCRY_SECRET is not set: there are no webhooks, notifications and e-mail", "set it to the output of openssl rand -hex 32, the same in every process, and keep it for ever")
	default:
		f, err := e.Folder(e.config.Data)
		if err != nil {
			return // the check of the folder says so
		}
		if f.SecretMode.Perm()&0o077 != 0 {
			e.fault(secretCheck, fmt.Sprintf("others may read the file %s in the data folder (mode %#o); the server does not start", seal.FileName, f.SecretMode.Perm()), "run chmod 600 "+e.config.Data+"/"+seal.FileName)
			return
		}
		e.ok(secretCheck, "the file %s in the data folder; keep a copy, apart from the backups", seal.FileName)
	}
}

// checkFileLimit reports a limit that lets in too few connections.
func (e *exam) checkFileLimit(context.Context) {
	n, err := e.FileLimit()
	const do = "raise it: LimitNOFILE=65536 in the systemd unit, --ulimit nofile=65536 for a container, or ulimit -n 65536"
	switch {
	case err != nil:
		e.warn(limitCheck, fmt.Sprintf("the limit is not known: %v", err), do)
	case n < littleFiles:
		e.fault(limitCheck, fmt.Sprintf("the process may open %d files, and each visitor takes one", n), do)
	case n < fewFiles:
		e.warn(limitCheck, fmt.Sprintf("the process may open %d files, and each visitor takes one", n), do)
	default:
		e.ok(limitCheck, "the process may open %d", n)
	}
}
