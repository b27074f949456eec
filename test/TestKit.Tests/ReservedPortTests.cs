namespace Polydev.TestKit.Tests;

public sealed class ReservedPortTests
{
    [Test]
    public void Take_Twice_IsNotTheSame()
    {
        using var one = ReservedPort.Take();
        using var other = ReservedPort.Take();

        Assert.That(one.Number, Is.Not.EqualTo(other.Number));
        Assert.That(new[] { one.Number, other.Number }, Is.All.LessThan(32_768), "the system gives those above to anybody");
    }
}
