namespace Polydev.Architecture.Tests;

/// <summary>How the product is divided into files and folders: measured, printed, and held to the aims of the house.</summary>
public sealed class HouseTests
{
    private const int LongestFile = 400;
    private const int LargestFolder = 20;
    private const int TinyFile = 15;
    private const double MostTinyFiles = 0.14;

    private static readonly IReadOnlyList<SourceFile> Files = SourceTree.Product;

    [Test]
    public void Files_None_IsTooLong() =>
        Assert.That(SourceTree.Files.Where(file => file.Lines.Count > LongestFile).Select(Sized), Is.Empty);

    [Test]
    public void Files_All_HoldCode() =>
        Assert.That(SourceTree.Files.Where(file => file.Root.Members.Count == 0 && file.Root.AttributeLists.Count == 0), Is.Empty);

    [Test]
    public void Folders_None_HoldsTooManyFiles() =>
        Assert.That(
            Folders().Where(folder => folder.Count() > LargestFolder).Select(folder => $"{folder.Key}: {folder.Count()}"),
            Is.Empty);

    /// <summary>A reader should rarely open a file to find ten lines.</summary>
    [Test]
    public void Files_Tiny_AreFew()
    {
        var tiny = Files.Where(file => file.Lines.Count <= TinyFile).ToList();

        Assert.That((double)tiny.Count / Files.Count, Is.LessThanOrEqualTo(MostTinyFiles), string.Join(", ", tiny));
    }

    /// <summary>What the design note tells before and after; read it with <c>--logger "console;verbosity=detailed"</c>.</summary>
    [Test]
    public void Figures_OfTheHouse_ArePrinted()
    {
        var lengths = Files.Select(file => file.Lines.Count).Order().ToList();
        var largest = Files.MaxBy(file => file.Lines.Count)!;
        var folder = Folders().MaxBy(folder => folder.Count())!;
        var tiny = lengths.Count(length => length <= TinyFile);
        var comments = Files.Sum(file => file.Lines.Count(IsComment));
        var code = Files.Sum(file => file.Lines.Count(IsCode));

        TestContext.Out.WriteLine(
            $"""
            files                            {Files.Count} in {Folders().Count()} folders, {lengths.Sum()} lines
            median lines a file              {lengths[lengths.Count / 2]}
            p90                              {lengths[lengths.Count * 9 / 10]}
            largest                          {Sized(largest)}
            files of <= {TinyFile} lines             {tiny} ({100.0 * tiny / Files.Count:F0} %)
            files in the largest folder      {folder.Count()} ({folder.Key})
            lines over 140                   {Files.Sum(file => file.Lines.Count(line => line.Length > 140))}
            comments in 100 lines of code    {100.0 * comments / code:F1}
            """);
        Assert.That(lengths, Has.Count.EqualTo(Files.Select(file => file.Path).Distinct().Count()));
    }

    private static IEnumerable<IGrouping<string, SourceFile>> Folders() => Files.GroupBy(file => file.Folder);

    private static string Sized(SourceFile file) => $"{file.Lines.Count} ({file})";

    private static bool IsComment(string line) => line.Contains("// ", StringComparison.Ordinal) && !line.TrimStart().StartsWith("///");

    private static bool IsCode(string line) => line.Trim() is { Length: > 0 } text && !text.StartsWith("//", StringComparison.Ordinal);
}
