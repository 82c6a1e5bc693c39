package replay

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Progress draws how far a replay is, on one line of a terminal. The nil
// Progress draws nothing.
type Progress struct {
	w       io.Writer
	percent int // the last one drawn; -1 before the first
}

// NewProgress returns a Progress that draws on w, which should be a terminal.
func NewProgress(w io.Writer) *Progress { return &Progress{w: w, percent: -1} }

// barWidth is the length of a full bar in characters.
const barWidth = 40

// draw shows the share of done in total.
func (p *Progress) draw(done, total time.Duration) {
	if p == nil || total <= 0 {
		return
	}
	percent := int(100 * done / total)
	if percent == p.percent {
		return
	}
	p.percent = percent
	fmt.Fprintf(p.w, "\r[%-*s] %3d %%", barWidth, strings.Repeat("=", barWidth*percent/100), percent)
}

// clear removes the line.
func (p *Progress) clear() {
	if p != nil {
		fmt.Fprintf(p.w, "\r%*s\r", barWidth+8, "")
	}
}
