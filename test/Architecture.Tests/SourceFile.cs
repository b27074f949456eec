using System.Text.RegularExpressions;

namespace Polydev.Architecture.Tests;

/// <summary>One C# file of the repository.</summary>
/// <param name="Path">Relative to the repository, with slashes: <c>Broker/Api/ApiError.cs</c>.</param>
/// <param name="Text">The whole file.</param>
internal sealed partial record SourceFile(string Path, string Text)
{
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    public string Folder => Path[..^(Name.Length + 1)];

    public int LineCount => Text.Count(character => character == '\n');

    /// <summary>The file without its comments: what a comment mentions is no dependency.</summary>
    public string Code { get; } = Comment().Replace(Text, string.Empty);

    public string? Namespace => DeclaredNamespace().Match(Code) is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>The top-level types, nested and file-local ones aside.</summary>
    public IReadOnlyList<string> Types => [.. DeclaredType().Matches(Code).Select(match => match.Groups[1].Value)];

    public bool IsIn(string folder) => Path.StartsWith(folder + "/", StringComparison.Ordinal);

    /// <summary>Fails a test with the path alone, not with the whole text.</summary>
    public override string ToString() => Path;

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex DeclaredNamespace();

    [GeneratedRegex(@"^(?:(?:public|internal|sealed|abstract|static|partial|readonly|ref|unsafe) )*(?:class|struct|interface|enum|record(?: struct| class)?|delegate [\w<>?\[\].]+) (\w+)", RegexOptions.Multiline)]
    private static partial Regex DeclaredType();
}
