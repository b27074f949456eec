using Polydev.McpTunnel.Setup.Edits;

namespace Polydev.McpTunnel.Setup;

/// <summary>What is to happen to one file of an editor. Made without changing anything.</summary>
internal sealed record SetupPlan(Editor Editor, string Path, SetupStep Step)
{
    private ConfigFile? _file;
    private byte[] _text = [];

    public IReadOnlyList<ShownEdit> Edits { get; private init; } = [];

    /// <summary>Why it is left alone.</summary>
    public string? Reason { get; init; }

    /// <summary>The file behind a link.</summary>
    public string Target => _file?.Path ?? Path;

    public bool IsNewFile => _file is { Text: null };

    public bool IsChange => Step is SetupStep.Add or SetupStep.Change or SetupStep.Remove;

    public static SetupPlan ToPut(Editor editor, string path, ServerEntry entry) => Make(editor, path, file =>
    {
        var step = file.Text is { } content && editor.Format.Has(content) ? SetupStep.Change : SetupStep.Add;
        var text = new EditedText(file.Text ?? []);
        editor.Format.Put(text, entry);
        return (step, text);
    });

    public static SetupPlan ToRemove(Editor editor, string path) => Make(editor, path, file =>
    {
        var text = new EditedText(file.Text ?? []);
        if (file.Text is not null)
        {
            editor.Format.Remove(text, file.TextBefore);
        }

        return (SetupStep.Remove, text);
    });

    /// <exception cref="UnsafeFileException">It could not be done; the file is as it was.</exception>
    public void Apply(EditorMachine machine)
    {
        if (Step == SetupStep.Remove)
        {
            _file!.Restore(_text, machine.Home);
        }
        else
        {
            _file!.Write(_text, isEntryNew: Step == SetupStep.Add);
        }
    }

    private static SetupPlan Make(Editor editor, string path, Func<ConfigFile, (SetupStep Step, EditedText Text)> edit)
    {
        try
        {
            var file = ConfigFile.Read(path);
            var (step, text) = edit(file);
            return new SetupPlan(editor, path, text.Edits.Count == 0 ? SetupStep.Unchanged : step)
            {
                _file = file,
                _text = text.Content,
                Edits = text.Edits,
            };
        }
        catch (UnsafeFileException e)
        {
            return new SetupPlan(editor, path, SetupStep.LeftAlone) { Reason = e.Message };
        }
    }
}

internal enum SetupStep
{
    Add,
    Change,
    Remove,

    /// <summary>It says already what it is to say.</summary>
    Unchanged,

    /// <summary>It could not be done without a risk.</summary>
    LeftAlone,
}
