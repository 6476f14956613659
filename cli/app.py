"""All commands, by name."""

import typer

from cli import doctor, explain, export, recipes, redrive, results, run, webhooks

app = typer.Typer(
    name="darkroom",
    help="Photos go in; boxes, captions and overlays come out. This is the operator's side.",
    epilog=f"Example: darkroom run. {recipes.EXITS}",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command(
    epilog=run.EPILOG,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)(run.run)
app.command(epilog=doctor.EPILOG)(doctor.doctor)
app.command(epilog=explain.EPILOG)(explain.explain)
app.command(epilog=results.EPILOG)(results.results)
app.command(epilog=redrive.EPILOG)(redrive.redrive)
app.command(epilog=export.EPILOG)(export.export)
app.add_typer(recipes.app, name="recipes")
app.add_typer(webhooks.app, name="webhooks")
