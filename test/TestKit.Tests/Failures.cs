namespace Polydev.TestKit.Tests;

/// <summary>What a check of the kit's says when it fails, without failing the test that asks.</summary>
internal static class Failures
{
    /// <returns>Null when the action passed.</returns>
    public static async Task<string?> OfAsync(Func<Task> action)
    {
        using (new NUnit.Framework.Internal.TestExecutionContext.IsolatedContext())
        {
            try
            {
                await action();
                return null;
            }
            catch (AssertionException failure)
            {
                return failure.Message;
            }
        }
    }
}
