using Polydev.McpTunnel.Setup;
using Polydev.McpTunnel.Setup.Edits;

namespace Polydev.McpTunnel.Doctor.Checks;

/// <summary>An editor's entry starts this program, for this broker. Only read: <c>polydev-mcp setup</c> writes it.</summary>
internal sealed class EditorCheck(Editor editor, EditorMachine machine, ServerEntry entry) : IDoctorCheck
{
    public string Name => $"editor {editor.Name}";

    private string SetUp => $"polydev-mcp setup {editor.Name}";

    public Task<CheckResult> RunAsync(CancellationToken cancellationToken)
    {
        var plans = editor.Targets(machine).Select(path => SetupPlan.ToPut(editor, path, entry)).ToList();
        return Task.FromResult(plans switch
        {
            _ when plans.Find(plan => plan.Step == SetupStep.LeftAlone) is { } odd =>
                CheckResult.Warning($"{odd.Path} cannot be read as {editor.Title} does: {odd.Reason}.", SetUp),
            _ when plans.Find(plan => plan.Step == SetupStep.Change) is { } stale =>
                CheckResult.Warning($"The entry in {stale.Path} starts another program, or is for another broker.", SetUp),
            _ when plans.Find(plan => plan.Step == SetupStep.Add) is { } missing =>
                CheckResult.Skipped($"{editor.Title} does not have polydev in {missing.Path}.", SetUp),
            _ => CheckResult.Ok($"{editor.Title} starts this program."),
        });
    }
}
