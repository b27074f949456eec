using Polydev.McpTunnel.Setup.Edits;

namespace Polydev.McpTunnel.Setup;

/// <summary>
/// Adds our server to editors: plans for all of them, shows, asks once, writes, and asks the programs themselves what they have.
/// </summary>
/// <param name="ask">Puts a question to the user; null where there is nobody to ask.</param>
internal sealed class SetupRun(EditorMachine machine, ServerEntry entry, TextWriter output, Func<string, bool>? ask)
{
    public async Task<SetupResult> RunAsync(SetupOptions options, CancellationToken cancellationToken)
    {
        var editors = options.Editors.Count > 0 ? options.Editors : [.. Editors.All.Where(editor => editor.IsInstalled(machine))];
        if (editors.Count == 0)
        {
            await output.WriteLineAsync($"No editor was found. Name one: {string.Join(", ", Editors.All.Select(editor => editor.Name))}.");
            return SetupResult.Done;
        }

        var plans = editors.SelectMany(editor => editor.Targets(machine).Select(path => Plan(editor, path, options.Remove))).ToList();
        foreach (var line in plans.SelectMany(plan => SetupView.Lines(plan, options.Remove ? null : entry).Append(string.Empty)))
        {
            await output.WriteLineAsync(line);
        }

        var failed = plans.Exists(plan => plan.Step == SetupStep.LeftAlone);
        var changes = plans.Where(plan => plan.IsChange).ToList();
        if (changes.Count > 0 && !options.DryRun)
        {
            if (!options.Yes && !await AgreesAsync(changes.Count))
            {
                return failed ? SetupResult.Failed : SetupResult.NotAgreed;
            }

            failed |= !await ApplyAsync(changes);
            failed |= !await AllListAsync(changes, options.Remove, cancellationToken);
        }

        return failed ? SetupResult.Failed : SetupResult.Done;
    }

    private SetupPlan Plan(Editor editor, string path, bool remove) =>
        remove ? SetupPlan.ToRemove(editor, path) : SetupPlan.ToPut(editor, path, entry);

    private async Task<bool> AgreesAsync(int files)
    {
        if (ask is null)
        {
            await output.WriteLineAsync("Nothing is changed: there is no terminal to ask on. Add --yes to go ahead.");
            return false;
        }

        if (ask(files == 1 ? "Change this file?" : $"Change these {files} files?"))
        {
            return true;
        }

        await output.WriteLineAsync("Nothing is changed.");
        return false;
    }

    // One that fails does not keep the others from being set up.
    private async Task<bool> ApplyAsync(IEnumerable<SetupPlan> changes)
    {
        var all = true;
        foreach (var plan in changes)
        {
            try
            {
                plan.Apply(machine);
                var backup = ConfigBackup.Latest(plan.Target) is { } kept ? $" (before: {kept})" : string.Empty;
                await output.WriteLineAsync($"{plan.Editor.Title}: done{backup}");
            }
            catch (UnsafeFileException e)
            {
                all = false;
                await output.WriteLineAsync($"{plan.Editor.Title}: left alone: {e.Message}.");
            }
        }

        return all;
    }

    private async Task<bool> AllListAsync(IEnumerable<SetupPlan> changes, bool removed, CancellationToken cancellationToken)
    {
        var all = true;
        foreach (var editor in changes.Select(plan => plan.Editor).Distinct().Where(editor => editor.Program(machine.Clis).Count > 0))
        {
            try
            {
                var has = await EditorListing.HasServerAsync(editor, machine.Clis, cancellationToken);
                all &= has != removed;
                await output.WriteLineAsync($"{editor.Title}: its own mcp list {(has ? "has" : "does not have")} polydev");
            }
            catch (EditorListingException e)
            {
                // The file is as it should be; whether the program is well is another matter.
                await output.WriteLineAsync($"{editor.Title}: its own mcp list could not be asked: {e.Message}.");
            }
        }

        return all;
    }
}

/// <param name="Editors">None: those that are found.</param>
internal sealed record SetupOptions(IReadOnlyList<Editor> Editors)
{
    /// <summary>Do not ask.</summary>
    public bool Yes { get; init; }

    /// <summary>Only show.</summary>
    public bool DryRun { get; init; }

    /// <summary>Take the entry out again.</summary>
    public bool Remove { get; init; }
}

/// <summary>How it ended; the number is the exit code.</summary>
internal enum SetupResult
{
    Done = 0,

    /// <summary>An editor could not be set up.</summary>
    Failed = 1,

    /// <summary>There was a change to make, shown and not made: nobody said yes.</summary>
    NotAgreed = 3,
}
