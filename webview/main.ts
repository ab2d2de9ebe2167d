import mermaid from 'mermaid';
console.log(mermaid);
