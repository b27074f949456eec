namespace Polydev.EndToEnd.Tests.Stacks;

/// <summary>
/// The fixture of <see cref="TunnelBuild.Native"/>. Where there is no such binary its tests are skipped before anything is set up.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class NativeFixtureAttribute : TestFixtureAttribute
{
    /// <param name="more">What the fixture's constructor takes behind the build.</param>
    public NativeFixtureAttribute(params object[] more)
        : base([TunnelBuild.Native, .. more])
    {
        if (!File.Exists(TunnelProgram.Native))
        {
            Ignore = TunnelProgram.NoNative;
        }
    }
}
