using System.Text.RegularExpressions;
using Polydev.TestKit;

namespace Polydev.Architecture.Tests;

/// <summary>The house style that no analyzer watches.</summary>
public sealed partial class SourceFileTests
{
    private const int WidthLimit = 140;

    [Test]
    public void Lines_All_StayUnderTheWidth() =>
        Assert.That(
            SourceTree.Files.SelectMany(file => file.Lines.Index().Where(line => line.Item.TrimEnd('\r').Length > WidthLimit)
                .Select(line => $"{file}:{line.Index + 1}: {line.Item.Length}")),
            Is.Empty);

    /// <summary>What stands after the first type has no life of its own beside it.</summary>
    [Test]
    public void Files_All_BeginWithTheTypeOfTheirName() =>
        Assert.That(
            SourceTree.Files.Where(file => file.Types.Count > 0 && file.Name.Split('.')[0] != file.Types[0])
                .Select(file => $"{file}: {string.Join(", ", file.Types)}"),
            Is.Empty);

    [Test]
    public void Files_All_DeclareTheNamespaceOfTheirFolder() =>
        Assert.That(
            SourceTree.Files.Where(file => file.Namespace is not null && file.Namespace != NamespaceOf(file.Folder))
                .Select(file => $"{file}: {file.Namespace}"),
            Is.Empty);

    /// <summary>What <c>dotnet format</c> asks of them, without the minutes that it takes: the compiler does not look.</summary>
    [Test]
    public void Usings_All_StandInOrder() =>
        Assert.That(
            SourceTree.Files.Where(file => !file.Root.Usings.SequenceEqual(file.Root.Usings.Order(UsingOrder.OfTheHouse))),
            Is.Empty);

    [TestCase("using Acme; using System;")]
    [TestCase("using Acme.Tools; using Acme.Claude;")]
    [TestCase("using Kind = Acme.Kind; using Acme;")]
    public void Usings_OutOfOrder_AreSeen(string code)
    {
        var usings = new SourceFile("Broker/C.cs", code).Root.Usings;

        Assert.That(usings.Order(UsingOrder.OfTheHouse), Is.Not.EqualTo(usings));
    }

    /// <summary>No compiler reads these.</summary>
    [Test]
    public void Documents_None_HoldsHalfAMerge() =>
        Assert.That(
            Directory.EnumerateFiles(RepositoryFolders.Root, "*.md")
                .Concat(Directory.EnumerateFiles(Path.Combine(RepositoryFolders.Root, "docs"), "*.md", SearchOption.AllDirectories))
                .Where(file => File.ReadLines(file).Any(line => ConflictMark().IsMatch(line))),
            Is.Empty);

    [Test]
    public void Folders_None_IsNamedForALayer() =>
        Assert.That(SourceTree.Files.Where(file => file.Folder.Split('/').Any(LayerName().IsMatch)), Is.Empty);

    [Test]
    public void Tests_None_Sleeps() =>
        Assert.That(SourceTree.In("test").Where(file => Sleep().IsMatch(file.Code)), Is.Empty);

    [Test]
    public void Tests_None_IsSwitchedOff() =>
        Assert.That(SourceTree.In("test").Where(file => SwitchedOff().IsMatch(file.Code)), Is.Empty);

    [Test]
    public void Files_None_SilencesTheCompilerOrFoldsItself() =>
        Assert.That(SourceTree.Files.Where(file => Silenced().IsMatch(file.Code)), Is.Empty);

    [Test]
    public void NpmLock_Holds_NoAddress() =>
        Assert.That(
            File.ReadAllText(Path.Combine(RepositoryFolders.Test, "Clis", "package-lock.json")),
            Does.Not.Contain("\"resolved\"").And.Not.Contain("://"));

    /// <summary>test/TestKit is Polydev.TestKit: the folder "test" stands in no name.</summary>
    private static string NamespaceOf(string folder) =>
        "Polydev." + folder.Replace("test/", string.Empty, StringComparison.Ordinal).Replace('/', '.');

    [GeneratedRegex("^(<{7}|>{7}) ")]
    private static partial Regex ConflictMark();

    [GeneratedRegex("^(Helpers?|Utils?|Utilities|Common|Managers?|Services?|Misc)$")]
    private static partial Regex LayerName();

    [GeneratedRegex(@"\bThread\.Sleep\b|\bTask\.Delay\b|\bSpinWait\b")]
    private static partial Regex Sleep();

    [GeneratedRegex(@"^\s*\[(Ignore|Explicit|Retry)\b", RegexOptions.Multiline)]
    private static partial Regex SwitchedOff();

    [GeneratedRegex(@"^\s*#(pragma warning disable|region)\b", RegexOptions.Multiline)]
    private static partial Regex Silenced();
}
