using Polydev.McpTunnel.Login;

namespace Polydev.McpTunnel.Tests.Login;

[Platform("Linux")]
public sealed class BrowserLauncherTests
{
    private static readonly Uri Page = new("https://broker.example/device?user_code=BBBB-CCCC&x=$(id)");

    [TestCase("DISPLAY")]
    [TestCase("WAYLAND_DISPLAY")]
    public void CommandFor_AScreen_GivesTheAddressAsOneArgument(string screen)
    {
        var command = BrowserLauncher.CommandFor(Page, new Dictionary<string, string> { [screen] = ":0" })!;

        Assert.That(command.ArgumentList.TakeLast(2), Is.EqualTo(new[] { "xdg-open", Page.AbsoluteUri }));
        Assert.That(command.ArgumentList[1], Does.Not.Contain("broker.example"));
    }

    [Test]
    public void CommandFor_NoScreen_IsNone()
    {
        Assert.That(BrowserLauncher.CommandFor(Page, new Dictionary<string, string>()), Is.Null);
        Assert.That(BrowserLauncher.CommandFor(Page, new Dictionary<string, string> { ["DISPLAY"] = "" }), Is.Null);
    }
}
