using System.Text;

namespace Polydev.EndToEnd.Tests.Stacks;

/// <summary>
/// Looks, when a stack has ended, for what may stand nowhere: the secrets that it gave out, and what was said in its calls. It looks
/// through all that broker and tunnel printed, through the errors that the broker answered, on pages too, and through its data folder, the
/// database with its log.
/// </summary>
internal static class SecretWatch
{
    // Shorter texts ("hi") stand in any file by chance.
    private const int ShortestText = 12;

    public static void AssertNone(
        IEnumerable<string> secrets, IEnumerable<string> said, IEnumerable<string> printed, IEnumerable<string> errors, string data)
    {
        var wanted = secrets.Concat(said.Where(text => text.Length >= ShortestText)).Distinct().ToList();
        var places = printed.Select(output => ("what was printed", Encoding.UTF8.GetBytes(output)))
            .Concat(errors.Select(error => ("an error", Encoding.UTF8.GetBytes(error))))
            .Concat(Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories)
                .Select(file => (Path.GetFileName(file), File.ReadAllBytes(file))));
        Assert.That(
            places.SelectMany(place => wanted.Where(text => Holds(place.Item2, text)).Select(text => $"{place.Item1} holds '{text}'")),
            Is.Empty);
    }

    private static bool Holds(byte[] place, string text) => place.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
}
