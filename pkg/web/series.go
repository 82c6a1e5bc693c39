package web

import (
	"context"
	"time"

	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/view"
)

// course reads the reports of a service over the shortest of ranges that holds
// everything counted, and returns that range. If nothing was counted it is the
// longest.
func (s *Pages) course(ctx context.Context, slug string, all []view.Range, now time.Time) (status.Series, view.Range, error) {
	longest, err := s.Board.Series(ctx, slug, all[0].Query(now))
	if err != nil {
		return longest, all[0], err
	}
	series, r := longest, all[0]
	for { // finer steps tell better when counting began
		next := view.ShortestRange(all, series)
		if next.Length >= r.Length {
			break
		}
		r = next
		if series, err = s.Board.Series(ctx, slug, r.Query(now)); err != nil {
			return series, r, err
		}
	}
	if !view.AnyCounted(series.Points) {
		return longest, all[0], nil
	}
	return series, r, nil
}
