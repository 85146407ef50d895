"""What is wrong with a station: there until it is taken back, its newest shown, and never more than fits."""

from hypothesis import given, strategies as st

from custom_components.ev_sessions.core.station.problems import Problem, Problems, ProblemTold


def problem(component: str, evse: int | None = None) -> Problem:
    return Problem(component=component, variable="Problem", evse=evse, code="E17")


def there(one: Problem) -> ProblemTold:
    return ProblemTold(problem=one, is_there=True)


def over(one: Problem) -> ProblemTold:
    return ProblemTold(problem=one, is_there=False)


def test_d2_problem_is_there_until_it_is_taken_back() -> None:
    problems = Problems().told(there(problem("Connector", 1)))
    assert problems.of(1) == problem("Connector", 1)
    assert problems.of(2) is None
    problems = problems.told(over(Problem(component="Connector", variable="Problem", evse=1)))
    assert problems.of(1) is None


def test_d2_problem_of_the_whole_station_is_one_of_each_evse_and_its_own_counts_first() -> None:
    problems = Problems().told(there(problem("Connector", 2))).told(there(problem("Controller")))
    assert problems.of(1) == problem("Controller")
    assert problems.of(2) == problem("Connector", 2)


PROBLEMS = st.builds(problem, st.sampled_from([f"C{n}" for n in range(60)]), st.sampled_from([None, 1, 2]))


@given(st.lists(st.builds(ProblemTold, problem=PROBLEMS, is_there=st.booleans())))
def test_d2_what_is_remembered_is_bounded_and_is_what_was_told_last_of_each_place(told: list[ProblemTold]) -> None:
    problems, last = Problems(), dict[object, ProblemTold]()
    for one in told:
        problems = problems.told(one)
        last[one.problem.place] = one
    assert len(problems.there) <= 32
    assert len({one.place for one in problems.there}) == len(problems.there)
    assert all(last[one.place] == there(one) for one in problems.there)
