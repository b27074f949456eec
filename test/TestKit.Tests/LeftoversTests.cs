namespace Polydev.TestKit.Tests;

[Platform("Linux")]
public sealed class LeftoversTests
{
    [Test]
    public async Task AssertNone_PrivateFolder_FailsAndNamesIt()
    {
        using var folder = new TemporaryFolder();
        folder.Folder("run", "4711-claude-left");

        var failure = await Failures.OfAsync(() => Leftovers.AssertNoneAsync(() => [], folder.Folder("run")));

        Assert.That(failure, Does.Contain("4711-claude-left"));
    }

    [Test]
    public async Task AssertNone_NoFolderAtAll_Passes()
    {
        using var folder = new TemporaryFolder();

        Assert.That(
            await Failures.OfAsync(() => Leftovers.AssertNoneAsync(() => [], Path.Combine(folder.FullName, "none"))), Is.Null);
    }
}
