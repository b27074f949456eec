using System.Text;
using Polydev.ModelProvider.Requests;

namespace Polydev.EndToEnd.Tests.Stacks;

/// <summary>
/// Looks, when all has ended, for what may stand nowhere: the secrets that were given out, and what was said in calls. It looks through all
/// that broker and tunnel printed, through the errors that the broker answered, on pages too, and through the folders that they keep: the
/// database with its log, and the tunnel's state.
/// </summary>
internal static class SecretWatch
{
    // Shorter texts ("hi") stand in any file by chance.
    private const int ShortestText = 12;

    /// <summary>Content of a conversation: what its last user said, what the model had said and called, and what came of it.</summary>
    public static IEnumerable<string> SaidIn(Conversation conversation) =>
    [
        conversation.LastUserText,
        .. conversation.Messages.Where(message => message.Role == ProviderRole.Assistant).SelectMany(message => message.Texts),
        .. conversation.Messages.SelectMany(message => message.ToolCalls).Select(call => call.ArgumentsJson),
        .. conversation.Messages.SelectMany(message => message.ToolResults).Select(result => result.Text),
    ];

    /// <summary>All but the lines that tell a secret to the person at the terminal; there are so many of them.</summary>
    public static string PrintedBeside(RunningProgram program, string told, int lines)
    {
        var all = program.Output.Split('\n');
        var others = all.Where(line => !line.Contains(told, StringComparison.Ordinal)).ToList();
        Assert.That(all.Length - others.Count, Is.EqualTo(lines), program.Output);
        return string.Join('\n', others);
    }

    public static void AssertNone(
        IEnumerable<string> secrets, IEnumerable<string> said, IEnumerable<string> printed, IEnumerable<string> errors,
        IEnumerable<string> files)
    {
        var wanted = secrets.Concat(said.Where(text => text.Length >= ShortestText)).Distinct().ToList();
        var places = printed.Select(output => ("what was printed", Encoding.UTF8.GetBytes(output)))
            .Concat(errors.Select(error => ("an error", Encoding.UTF8.GetBytes(error))))
            .Concat(files.Select(file => (Path.GetFileName(file), File.ReadAllBytes(file))));
        Assert.That(
            places.SelectMany(place => wanted.Where(text => Holds(place.Item2, text)).Select(text => $"{place.Item1} holds '{text}'"))
                .ToList(),
            Is.Empty);
    }

    private static bool Holds(byte[] place, string text) => place.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
}
