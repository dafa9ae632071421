package queue

import (
	"fmt"
	"testing"
)

func TestGivingALane(t *testing.T) {
	try(t, []rule{
		{name: "the first kiosk gets the letter that sounds best", when: GiveLane{Device: "d_1"}, then: []Event{LaneGiven{"d_1", "K"}}},
		{name: "the second another", given: []step{GiveLane{Device: "d_1"}}, when: GiveLane{Device: "d_2"}, then: []Event{LaneGiven{"d_2", "M"}}},
		{name: "asking again changes nothing", given: []step{GiveLane{Device: "d_1"}}, when: GiveLane{Device: "d_1"}, same: true},
		{name: "a wished letter", when: GiveLane{Device: "d_1", Letter: "X"}, then: []Event{LaneGiven{"d_1", "X"}}},
		{name: "no second letter", given: []step{GiveLane{Device: "d_1"}}, when: GiveLane{Device: "d_1", Letter: "X"}, code: ErrConflict, words: []string{"lane K", "write that one off"}},
		{name: "no letter of another", given: []step{GiveLane{Device: "d_1"}}, when: GiveLane{Device: "d_2", Letter: "K"}, code: ErrConflict, words: []string{"lane K belongs to d_1"}},
		{name: "no letter that is a digit on paper", when: GiveLane{Device: "d_1", Letter: "O"}, code: ErrInvalid},
		{name: "no device", when: GiveLane{}, code: ErrInvalid},
		{name: "no letter that makes a number of a field", given: []step{SetService{Service{ID: "mot-cua", Prefix: "AK", Name: Text{VI: "Một cửa"}}}},
			when: GiveLane{Device: "d_1", Letter: "K"}, code: ErrConflict, words: []string{"lane K", "mot-cua"}},
		{name: "such a letter is passed over", given: []step{SetService{Service{ID: "mot-cua", Prefix: "AK", Name: Text{VI: "Một cửa"}}}},
			when: GiveLane{Device: "d_1"}, then: []Event{LaneGiven{"d_1", "M"}}},
		{name: "and no field may take it later", given: []step{GiveLane{Device: "d_1"}},
			when: SetService{Service{ID: "mot-cua", Prefix: "HK", Name: Text{VI: "Một cửa"}}}, code: ErrConflict, words: []string{"prefix HK", "lane K"}},
		{name: "a withdrawn lane is given again to its device", given: []step{GiveLane{Device: "d_1"}, WithdrawLane{"d_1"}}, when: GiveLane{Device: "d_1"}, then: []Event{LaneGiven{"d_1", "K"}}},
	})
}

func TestALaneIsGivenOutAgainOnlyWhenItsSlipsAreMergedOrWrittenOff(t *testing.T) {
	gone := []step{GiveLane{Device: "d_1"}, WithdrawLane{"d_1"}}
	try(t, []rule{
		{name: "withdrawn, it stays reserved", given: gone, when: GiveLane{Device: "d_2"}, then: []Event{LaneGiven{"d_2", "M"}}},
		{name: "withdrawing again changes nothing", given: gone, when: WithdrawLane{"d_1"}, same: true},
		{name: "written off, it is free", given: append(gone, WriteOffLane{"d_1"}), when: GiveLane{Device: "d_2"}, then: []Event{LaneGiven{"d_2", "K"}}},
		{name: "slips are still to come", given: gone, when: Merge{Device: "d_1", Left: 3}},
		{name: "the last slip is in", given: gone, when: Merge{Device: "d_1"}, then: []Event{LaneFreed{Device: "d_1"}}},
		{name: "a lane in use is not freed by a merge", given: []step{GiveLane{Device: "d_1"}}, when: Merge{Device: "d_1"}},
		{name: "there is nothing to write off", when: WriteOffLane{"d_9"}, code: ErrConflict},
	})
}

func TestLettersRunOutInOneSentence(t *testing.T) {
	h := newHall(t)
	for n := range len(laneLetters) {
		h.given(GiveLane{Device: fmt.Sprint("d_", n)})
	}
	_, err := h.try(GiveLane{Device: "d_x"})
	refused(t, err, ErrConflict, "every lane letter", "write off")
	h.sound()
}

// A prefix must not be taken while numbers that look like its own are about.
func TestAPrefixWaitsUntilTheSlipsOfAWrittenOffLaneAreGone(t *testing.T) {
	h := newHall(t)
	h.given(GiveLane{Device: "d_1"}, Merge{Device: "d_1", Tickets: []LaneTicket{slip(1, notary, "AK001", h.now)}}, WriteOffLane{"d_1"})
	two := SetService{Service{ID: "mot-cua", Prefix: "AK", Name: Text{VI: "Một cửa"}}}
	_, err := h.try(two)
	refused(t, err, ErrConflict, "prefix AK")
	h.given(day, two)
	h.sound()
}
