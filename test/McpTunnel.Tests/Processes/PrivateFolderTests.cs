using System.Runtime.Versioning;
using Polydev.McpTunnel.Processes;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Processes;

[UnsupportedOSPlatform("windows")]
[Platform(Exclude = "Win")]
internal sealed class PrivateFolderTests
{
    private TemporaryFolder _root = null!;

    [SetUp]
    public void Make() => _root = new TemporaryFolder();

    [TearDown]
    public void Remove() => _root.Dispose();

    [Test]
    public void Create_Folder_IsEmptyAndItsOwnersOnly()
    {
        using var folder = PrivateFolder.Create(Path.Combine(_root.FullName, "run"), "test");

        Assert.That(Directory.EnumerateFileSystemEntries(folder.Path), Is.Empty);
        foreach (var path in new[] { folder.Path, folder.Folder("inside"), Path.GetDirectoryName(folder.Path)! })
        {
            Assert.That(
                File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute), path);
        }
    }

    [Test]
    public void Dispose_FolderWithFiles_IsGone()
    {
        var folder = PrivateFolder.Create(_root.FullName, "test");
        File.WriteAllText(Path.Combine(folder.Folder("inside"), "file"), "x");

        folder.Dispose();
        Assert.DoesNotThrow(folder.Dispose);

        Assert.That(Directory.Exists(folder.Path), Is.False);
    }

    [Test]
    public void Sweep_FoldersOfTheDeadAndTheLiving_RemovesTheDeadOnes()
    {
        using var ours = PrivateFolder.Create(_root.FullName, "test");
        var dead = _root.Folder($"{int.MaxValue}-claude-abc");
        var living = _root.Folder("1-claude-abc");
        var foreign = _root.Folder("something");

        PrivateFolder.Sweep(_root.FullName);

        Assert.That(new[] { ours.Path, dead, living, foreign }.Select(Directory.Exists), Is.EqualTo(new[] { true, false, true, true }));
    }

    [Test]
    public void Sweep_FolderOfAnEarlierProcessWithOurId_IsGone()
    {
        using var ours = PrivateFolder.Create(_root.FullName, "test");
        File.WriteAllText(Path.Combine(ours.Path, "in-use"), string.Empty);
        var earlier = _root.Folder($"{Environment.ProcessId}-claude-abc");
        Directory.SetLastWriteTimeUtc(earlier, DateTimeOffset.UnixEpoch.UtcDateTime);

        PrivateFolder.Sweep(_root.FullName);

        Assert.That(new[] { ours.Path, earlier }.Select(Directory.Exists), Is.EqualTo(new[] { true, false }));
    }

    [Test]
    public void Sweep_NoRoot_DoesNothing() => Assert.DoesNotThrow(() => PrivateFolder.Sweep(Path.Combine(_root.FullName, "nothing")));
}
