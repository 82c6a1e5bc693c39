package admin

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/fault"
)

// Wish is a service that visitors looked for and did not find. It says nothing about
// who they were.
type Wish struct {
	Key         string // the name in the form in which spellings are equal
	Name        string // as the first visitor wrote it
	Count       int64  // how often it was asked for
	First, Last time.Time
}

// Wishes keeps what visitors ask for.
type Wishes interface {
	// AddWish counts a wish once more.
	AddWish(ctx context.Context, w Wish) error
	// Wishes returns those asked for most often, and at most limit.
	Wishes(ctx context.Context, limit int) ([]Wish, error)
}

const (
	// minWish and maxWish bound the name of a service that is asked for, in characters.
	minWish, maxWish = 2, 40
	// maxWishDigits keeps telephone and account numbers out.
	maxWishDigits = 5
)

// NewWish returns the wish for the service that a visitor wrote at a time. Text that
// cannot be the name of a service, or that looks like an address or a number of a
// person, gives an error of kind fault.Invalid.
func NewWish(text string, now time.Time) (Wish, error) {
	name := strings.Join(strings.Fields(text), " ")
	digits, letters := 0, 0
	for _, c := range name {
		switch {
		case c == utf8.RuneError || unicode.IsControl(c) || strings.ContainsRune("@<>{}\\", c):
			return Wish{}, fault.Field("q", "is not the name of a service")
		case unicode.IsDigit(c):
			digits++
		case unicode.IsLetter(c):
			letters++
		}
	}
	key := catalog.Fold(name)
	n := utf8.RuneCountInString(name)
	if n < minWish || n > maxWish || letters == 0 || digits > maxWishDigits || key == "" || strings.Contains(name, "://") {
		return Wish{}, fault.Field("q", "is not the name of a service of %d to %d characters", minWish, maxWish)
	}
	return Wish{Key: key, Name: name, Count: 1, First: now, Last: now}, nil
}
