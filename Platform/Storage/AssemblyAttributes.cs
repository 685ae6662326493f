using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Squad.Platform.Tests")]
[assembly: InternalsVisibleTo("Squad.Bench")]
