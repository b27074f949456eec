using Polydev.McpTunnel.Clis.SelfTest;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.SelfTest;

internal sealed class SelfTestRecordsTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly SelfTestVerdict Failed = new(SelfTestOutcome.Failed, "It offers a tool.");
    private TemporaryFolder _folder = null!;

    private string FilePath => Path.Combine(_folder.FullName, "state", SelfTestRecords.FileName);

    [SetUp]
    public void SetUp() => _folder = new TemporaryFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void Find_FoundByAnotherProcess_IsKnownWithoutARestart()
    {
        var (ours, theirs) = (Create(), Create());
        Assert.That(ours.Find(Subject("a"), Now), Is.Null);

        theirs.Remember(Subject("a"), SelfTestVerdict.Passed, Now);
        theirs.Remember(Subject("b"), Failed, Now);

        Assert.That(ours.Find(Subject("a"), Now), Is.EqualTo(SelfTestVerdict.Passed));
        Assert.That(ours.Find(Subject("b"), Now), Is.EqualTo(Failed));
    }

    [Test]
    public void Remember_TwoProcesses_KeepEachOthersEntries()
    {
        var (ours, theirs) = (Create(), Create());
        ours.Remember(Subject("a"), SelfTestVerdict.Passed, Now);
        theirs.Remember(Subject("b"), SelfTestVerdict.Passed, Now);
        ours.Remember(Subject("a"), Failed, Now);

        var third = Create();
        Assert.That(third.Find(Subject("a"), Now), Is.EqualTo(Failed));
        Assert.That(third.Find(Subject("b"), Now), Is.EqualTo(SelfTestVerdict.Passed));
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("null")]
    [TestCase("""{"tests":null}""")]
    [TestCase("""{"tests":"all passed"}""")]
    public void Find_BrokenFile_HoldsNothingAndIsWrittenAnew(string content)
    {
        File.WriteAllText(_folder.File("state", SelfTestRecords.FileName), content);
        var records = Create();

        Assert.That(records.Find(Subject("a"), Now), Is.Null);
        records.Remember(Subject("a"), SelfTestVerdict.Passed, Now);

        Assert.That(Create().Find(Subject("a"), Now), Is.EqualTo(SelfTestVerdict.Passed));
    }

    [Test]
    public void Remember_ManyPrograms_KeepsTheLast()
    {
        var records = Create();
        for (var index = 0; index < 200; index++)
        {
            records.Remember(Subject($"{index}"), SelfTestVerdict.Passed, Now);
        }

        var next = Create();
        Assert.That(next.Find(Subject("199"), Now), Is.Not.Null);
        Assert.That(next.Find(Subject("0"), Now), Is.Null);
        Assert.That(new FileInfo(FilePath).Length, Is.LessThan(64 * 1024));
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(FilePath)!), Has.Length.EqualTo(1), "no half-written file is left");
    }

    [Test]
    public void Remember_FolderThatCannotBeWritten_StandsInThisProcess()
    {
        var blocked = _folder.File("a-file");
        File.WriteAllText(blocked, string.Empty);
        var records = new SelfTestRecords(blocked);

        Assert.That(() => records.Remember(Subject("a"), SelfTestVerdict.Passed, Now), Throws.InstanceOf<IOException>());

        Assert.That(records.Find(Subject("b"), Now), Is.Null);
        Assert.That(records.Find(Subject("a"), Now), Is.EqualTo(SelfTestVerdict.Passed));
    }

    [Test]
    public void TryTakeTurn_Taken_IsNullUntilItIsGivenBack()
    {
        using (Create().TryTakeTurn("claude"))
        {
            Assert.That(Create().TryTakeTurn("claude"), Is.Null);
            using var other = Create().TryTakeTurn("codex");
            Assert.That(other, Is.Not.Null);
        }

        using var free = Create().TryTakeTurn("claude");
        Assert.That(free, Is.Not.Null);
    }

    [TestCase("gemini", "2", "stamp", "")]
    [TestCase("claude", "3", "stamp", "")]
    [TestCase("claude", "2", "another stamp", "")]
    [TestCase("claude", "2", "stamp", "bare")]
    public void Of_AnyPartDiffers_IsAnotherSubject(string provider, string version, string stamp, string variant) =>
        Assert.That(
            SelfTestSubject.Of(provider, version, stamp, variant).Id,
            Is.Not.EqualTo(SelfTestSubject.Of("claude", "2", "stamp", string.Empty).Id));

    private static SelfTestSubject Subject(string id) => new(id, "claude", "1");

    private SelfTestRecords Create() => new(Path.Combine(_folder.FullName, "state"));
}
