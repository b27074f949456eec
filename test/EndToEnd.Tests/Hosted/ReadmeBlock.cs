using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Hosted;

/// <summary>A block of code as README shows it, with this machine's names and ports in place of those that it shows.</summary>
internal sealed record ReadmeBlock(string Text)
{
    private const string Fence = "```";

    /// <summary>The one block of this language that holds the text.</summary>
    public static ReadmeBlock Read(string language, string holding)
    {
        var readme = File.ReadAllText(Path.Combine(RepositoryFolders.Root, "README.md"));
        var blocks = readme.Split($"\n{Fence}").Where((_, index) => index % 2 == 1)
            .Where(block => block.StartsWith($"{language}\n", StringComparison.Ordinal))
            .Where(block => block.Contains(holding, StringComparison.Ordinal))
            .ToList();
        Assert.That(blocks, Has.Count.EqualTo(1), $"README's blocks of {language} with '{holding}'");
        return new ReadmeBlock(blocks[0][(language.Length + 1)..]);
    }

    /// <summary>Fails where README shows it no more: what then ran would not be what README says.</summary>
    public ReadmeBlock With(string shown, string here)
    {
        Assert.That(Text, Does.Contain(shown), "README.md");
        return new ReadmeBlock(Text.Replace(shown, here, StringComparison.Ordinal));
    }
}
