"""`darkroom backfill`: ask what was never asked, or not as today, about photos that are there."""

import typer

from cli.backfill import plan, run

app = typer.Typer(
    help="Ask about photos that are there already: first a plan with its price, then its run.",
    epilog="Example: darkroom backfill plan; darkroom backfill run 3f2a9c0d1b4e5f60. "
    "Exit codes: 0 done; 1 there is no such plan, or no answer from the cloud; 2 wrong usage; 3 "
    "declined.",
    no_args_is_help=True,
)
app.command(epilog=plan.EPILOG)(plan.plan)
app.command(epilog=run.EPILOG)(run.run)
app.command(epilog=run.STATUS)(run.status)
app.command(epilog=run.PAUSE)(run.pause)
app.command(epilog=run.RESUME)(run.resume)
app.command(epilog=run.CANCEL)(run.cancel)
