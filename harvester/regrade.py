"""Grade another commit of a group than the deadline gives, because staff say so."""

from datetime import UTC, datetime

from harvester.errors import SnapshotError, UserError
from harvester.models.mirror import REPOSITORY, Chosen
from harvester.moments import read_moment
from harvester.opened import OpenedCourse


def choose_for(
    opened: OpenedCourse, named: str, *, commit: str = "", at: str = "", undo: bool = False
) -> tuple[str, ...]:
    """Keep what is to be graded beside the group's mirror; `undo` takes an earlier choice back.

    Raises
    ------
    UserError
        Not exactly one of the three is given, there is no such group, mirror or commit, or the time is none.
    """
    from harvester.mirrors import load_state
    from harvester.mirrors.chosen import save_chosen
    from harvester.roster import find_group
    from harvester.snapshot.choice import resolve_commit
    from harvester.snapshot.objects import Objects

    if sum((bool(commit), bool(at), undo)) != 1:
        raise UserError("Give one of --commit, --at and --undo.")
    group = find_group(opened.roster, named)
    folder = opened.course.mirrors / group.folder
    state = load_state(folder)
    if state is None:
        raise UserError(f"Group {group.id} has no mirror to grade from.", f"Run: harvester sync {opened.file}")
    if state.head is None:
        raise UserError(f"Group {group.id} has no commit to grade. {state.problem or ''}".strip(), state.hint)
    chosen = None
    if commit:
        try:
            sha = resolve_commit(Objects(folder / REPOSITORY), commit)
        except SnapshotError as error:
            raise UserError(error.message, error.hint) from None
        chosen = Chosen(commit=sha, made_at=datetime.now(UTC))
    elif at:
        chosen = Chosen(at=read_moment(at, opened.course.timezone), made_at=datetime.now(UTC))
    save_chosen(folder, chosen)
    return ()
