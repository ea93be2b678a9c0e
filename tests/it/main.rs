mod corpus;
mod damage;
