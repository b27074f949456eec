using Polydev.Broker.SignIn;

namespace Polydev.Broker.Tests.SignIn;

public sealed class UserCodeTests
{
    [Test]
    public void Create_Many_AreReadAsTheyAreShown()
    {
        var codes = Enumerable.Range(0, 1000).Select(_ => UserCode.Create()).ToArray();

        Assert.That(codes.Distinct().Count(), Is.EqualTo(1000));
        Assert.That(codes.Select(code => UserCode.Parse(UserCode.Show(code))), Is.EqualTo(codes));
    }

    [TestCase("wdjb-mjht", "WDJBMJHT")]
    [TestCase(" WDJB MJHT\n", "WDJBMJHT")]
    [TestCase("wdjbmjht", "WDJBMJHT")]
    [TestCase("WDJB-MJH", null)]
    [TestCase("WDJB-MJHTT", null)]
    [TestCase("WDJB-MJHA", null)]
    [TestCase("WDJB_MJHT", null)]
    [TestCase("' OR ''='", null)]
    [TestCase("", null)]
    [TestCase(null, null)]
    public void Parse_Typed_IsTheCodeOrNone(string? typed, string? code) => Assert.That(UserCode.Parse(typed), Is.EqualTo(code));
}
